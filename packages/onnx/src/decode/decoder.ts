import { NanoError } from '@nano/core'
import { batch, batchesExactly } from './batch.ts'
import { faster } from './batch-choice.ts'
import type { GrammarState } from '../grammar/grammar.ts'
import { disposeOf, emptyCache, shortened } from '../cache/kv-cache.ts'
import { lastLogits } from '../session/read-logits.ts'
import { pace } from './run-length.ts'
import {
  choose,
  chosenBy,
  type Choosing,
  hold,
  isGreedy,
  type Sampled,
  type Sequence,
} from './sample-token.ts'
import { type Step, stepper, type StepperOptions } from '../session/run-step.ts'

/** What trying a model out has shown. */
export interface Trial {
  /** Several sequences can step in one batch. */
  readonly batches: boolean
  /** Milliseconds of a step. */
  readonly took: number
}

/** A session and the KV caches it works on. */
export interface Decoder {
  /**
   * A new reply on a sequence: keeps what its cache has of the prompt, but for the last token, and
   * gives how much that is.
   */
  begin(
    sequence: number,
    prompt: readonly number[],
    choosing: Choosing & { readonly grammar?: GrammarState | undefined },
  ): number
  /** Reads tokens into the cache. */
  read(sequence: number, tokens: readonly number[]): Promise<void>
  /** Holds the reply to a grammar from here on, or to none. */
  hold(sequence: number, grammar: GrammarState | undefined): void
  /**
   * For each of several sequences reads tokens, and samples the one after them, or says why not.
   */
  next(asked: readonly Next[]): Promise<readonly (Sampled | Error)[]>
  /**
   * Finds out whether several sequences can step in one batch. Throws what it throws where it loads
   * and cannot run.
   */
  tryOut(): Promise<Trial>
  /** Gives memory on the device back. The last call. */
  release(): void
}

/** One sequence of a step. */
export interface Next {
  readonly sequence: number
  readonly tokens: readonly number[]
  /**
   * What the tokens are to the reply: before it, what was sampled last, or what was put in its
   * place, which penalties see instead.
   */
  readonly are: 'prompt' | 'sampled' | 'instead'
  /**
   * How many more tokens are wanted, this one among them: so far a loop may run ahead. Absent, only
   * this one.
   */
  readonly most?: number
  /** How many tokens of the last answer's `ahead` were not wanted. */
  readonly unread?: number
}

interface DecoderOptions extends StepperOptions {
  /** Runs several steps at once; may be the session itself. */
  readonly loop?: Pick<StepperOptions, 'session' | 'graph'>
  readonly vocabularySize: number
  readonly sequences: number
  /** The tokens that end a turn: a loop does not run past them. */
  readonly ends: readonly number[]
  /** Milliseconds. */
  readonly maxRunTime: number
}

/**
 * Most exports give logits of every position, and the runtime copies what is fetched: for 512
 * tokens of a vocabulary of 128,000, a quarter of a gigabyte. Beyond so many numbers the last token
 * is read by itself.
 */
const mostLogits = 8_000_000

export function decoder({
  vocabularySize,
  sequences: count,
  ends,
  maxRunTime,
  loop,
  ...kind
}: DecoderOptions): Decoder {
  const step = stepper(kind)
  const manySteps = loop && stepper({ ...kind, ...loop })
  const shared = batch(step, kind)
  const sequences = Array.from({ length: count }, (): Sequence => ({
    cache: emptyCache(kind),
    ...chosenBy({}),
    logprobs: undefined,
    grammar: undefined,
    sampled: [],
  }))
  const { steps: paced, learn } = pace(maxRunTime)
  const { together, stepped, looped } = faster()
  let batches = false

  function at(index: number): Sequence {
    const sequence = sequences[index]
    if (!sequence) throw new NanoError('internal', `onnx: there is no sequence ${index}`)
    return sequence
  }

  /**
   * Reads tokens into the sequence's own cache, and gives the logits after them, where asked for.
   */
  async function alone(
    sequence: Sequence,
    tokens: readonly number[],
    logits: boolean,
  ): Promise<Float32Array | undefined> {
    if (
      logits &&
      tokens.length > 1 &&
      !kind.graph.lastLogits &&
      tokens.length * vocabularySize > mostLogits
    ) {
      await alone(sequence, tokens.slice(0, -1), false)
      return alone(sequence, tokens.slice(-1), true)
    }
    shared.leave(sequence)
    const { cache } = sequence
    const outputs = await step([{ past: cache.tokens.length, tokens }], {
      cache: cache.tensors,
      logits,
    })
    sequence.cache = { tokens: [...cache.tokens, ...tokens], tensors: outputs.cache }
    return outputs.logits && lastLogits(outputs.logits, 0, vocabularySize)
  }

  /**
   * Whether the next tokens depend on nothing but logits, penalties and chance. The first is not
   * waited for longer than it takes.
   */
  function loops({ sequence, are }: Next): boolean {
    const { logprobs, grammar } = at(sequence)
    return (
      manySteps !== undefined && are !== 'prompt' && logprobs === undefined && grammar === undefined
    )
  }

  /** Reads tokens and samples, several times over in one run. */
  async function runAhead(
    manySteps: Step,
    { sequence: index, tokens, are, most = 1 }: Next,
  ): Promise<Sampled> {
    const sequence = at(index)
    shared.leave(sequence)
    const { cache, sampled, sampling } = sequence
    const began = performance.now()
    const steps = Math.min(most, paced())
    const { seed: _, ...settings } = sampling
    const run = {
      ...settings,
      steps,
      vocabularySize,
      stopIds: ends,
      sampled,
      ...(!isGreedy(sampling) && { chances: sequence.chances.next(steps) }),
    }
    const outputs = await manySteps([{ past: cache.tokens.length, tokens }], {
      cache: cache.tensors,
      logits: true,
      loop: run,
    })
    const chosen = [...(outputs.tokens ?? [])]
    if (chosen.length === 0 || !outputs.logits)
      throw new NanoError('bad-output', 'onnx: a run of the model gave no tokens')
    const took = performance.now() - began
    if (are === 'sampled') learn({ took, gave: chosen.length })
    if (are === 'sampled' && chosen.length > 1) looped(took / chosen.length)

    // The last token is chosen and not read.
    sequence.cache = {
      tokens: [...cache.tokens, ...tokens, ...chosen.slice(0, -1)],
      tensors: outputs.cache,
    }
    // A choice too close for the loop is left to us.
    const left = chosen.at(-1) === -1
    const certain = left ? chosen.slice(0, -1) : chosen
    sampled.push(...certain)
    if (!isGreedy(sampling)) sequence.chances.drawn(certain.length)
    const all = left
      ? [...certain, (await choose(sequence, lastLogits(outputs.logits, 0, vocabularySize))).token]
      : certain
    const [token = 0, ...ahead] = all
    return { token, ahead }
  }

  /**
   * The logits of each, or why there are none. A batch that fails is stepped in turn: one that does
   * not fit may fit so.
   */
  async function logitsOf(
    asked: readonly Next[],
  ): Promise<ReadonlyMap<Next, Float32Array | Error>> {
    const single = batches
      ? asked
          .filter(({ tokens }) => tokens.length === 1)
          .toSorted((a, b) => a.sequence - b.sequence)
      : []
    const found = new Map<Next, Float32Array | Error>()
    if (single.length > 1) {
      const began = performance.now()
      const logits = await shared
        .step(
          single.map(({ sequence }) => at(sequence)),
          single.flatMap(({ tokens }) => tokens),
        )
        .catch(() => undefined)
      stepped(single.length, performance.now() - began)
      if (logits)
        for (const [row, next] of single.entries())
          found.set(next, lastLogits(logits, row, vocabularySize))
    }
    for (const next of asked) {
      if (found.has(next)) continue
      found.set(
        next,
        await alone(at(next.sequence), next.tokens, true).then(
          (logits) =>
            logits ?? new NanoError('bad-output', 'onnx: a step of the model gave no logits'),
          asError,
        ),
      )
    }
    return found
  }

  async function answer(next: Next, logits: Float32Array | Error | undefined): Promise<Sampled> {
    const sequence = at(next.sequence)
    if (logits instanceof Float32Array) return choose(sequence, logits)
    throw logits ?? new NanoError('internal', 'onnx: a step left a sequence out')
  }

  return {
    begin(index, prompt, { sampling, logprobs, grammar }) {
      const sequence = at(index)
      shared.leave(sequence)
      // Logits are not kept: the last token has to be read again to sample after it.
      const kept = Math.min(commonPrefix(sequence.cache.tokens, prompt), prompt.length - 1)
      sequence.cache = shortened(sequence.cache, kept, kind)
      Object.assign(sequence, chosenBy(sampling))
      sequence.logprobs = logprobs
      hold(sequence, grammar)
      sequence.sampled = []
      return kept
    },
    async read(index, tokens) {
      await alone(at(index), tokens, false)
    },
    hold: (index, grammar) => hold(at(index), grammar),
    async next(asked) {
      for (const { sequence: index, tokens, are, unread = 0 } of asked) {
        if (are !== 'instead') continue
        const sequence = at(index)
        // A loop has read on after the token that is replaced.
        sequence.cache = shortened(sequence.cache, sequence.cache.tokens.length - unread, kind)
        if (!isGreedy(sequence.sampling)) sequence.chances.undo(unread)
        sequence.sampled.splice(-1 - unread, 1 + unread, ...tokens)
      }
      // One alone runs ahead, and so do several where a batch takes longer.
      const ahead =
        batches && asked.length > 1 && (together(asked.length) || !asked.every(loops))
          ? []
          : asked.filter(loops)
      const stepped = asked.filter((next) => !ahead.includes(next))
      const logits =
        stepped.length > 0 ? await logitsOf(stepped) : new Map<Next, Float32Array | Error>()
      const answers: (Sampled | Error)[] = []
      for (const each of asked)
        answers.push(
          await (
            manySteps && ahead.includes(each)
              ? runAhead(manySteps, each)
              : answer(each, logits.get(each))
          ).catch(asError),
        )
      return answers
    },
    async tryOut() {
      await alone(at(0), [0], true)
      const began = performance.now()
      await alone(at(0), [0], true)
      const took = performance.now() - began
      if (manySteps)
        await runAhead(manySteps, { sequence: 0, tokens: [0], are: 'sampled', most: 2 })
      at(0).sampled = []
      at(0).cache = shortened(at(0).cache, 0, kind)
      // What is on the device cannot be put together here.
      batches =
        count > 1 && !kind.graph.loop && !kind.graph.onDevice && (await batchesExactly(step, kind))
      return { batches, took }
    },
    release() {
      for (const { cache } of sequences) disposeOf(cache.tensors)
    },
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause))
}

function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return index
  return length
}
