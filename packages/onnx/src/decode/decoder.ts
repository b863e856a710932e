import { NanoError } from '@nano/core'
import { truncateCache } from '../cache/kv-cache.ts'
import { toError } from '../error.ts'
import type { GrammarState } from '../grammar/grammar-compiler.ts'
import { disposeTensors } from '../session/runtime.ts'
import { batchChoice } from './batch-choice.ts'
import { isBatchExact } from './is-batch-exact.ts'
import { loopRunner, type RunLoop } from './run-loop.ts'
import { stepRunner, type StepTarget } from './run-step.ts'
import { sampleToken } from './sample-token.ts'
import { sequenceStepper } from './sequence-stepper.ts'
import {
  beginReply,
  createSequence,
  replaceToken,
  type ReplySettings,
  type Sequence,
} from './sequence.ts'
import type { StepRequest, StepResult } from './step-request.ts'

/** What the first runs of a model show. */
export interface Trial {
  /** Several sequences can step in one batch. */
  readonly canBatch: boolean
  /** Milliseconds of one step. */
  readonly stepTime: number
}

/** The sequences of a session: their KV caches and how their tokens are sampled. */
export interface Decoder {
  /**
   * Begins a reply: keeps what the cache of the sequence has of the prompt, except for its last
   * token, and returns how many tokens that is.
   */
  beginReply(
    sequence: number,
    prompt: readonly number[],
    settings: ReplySettings & { readonly grammar?: GrammarState | undefined },
  ): number
  /** Reads tokens into the cache of a sequence. */
  readTokens(sequence: number, tokens: readonly number[]): Promise<void>
  /** Constrains the rest of a reply to a grammar, or to none. */
  setGrammar(sequence: number, grammar: GrammarState | undefined): void
  /** Samples the next token of each sequence; an error is the error of one sequence alone. */
  sampleTokens(requests: readonly StepRequest[]): Promise<readonly (StepResult | Error)[]>
  /** Runs the model for the first time. Throws where it loads and does not run. */
  runTrial(): Promise<Trial>
  /** Frees memory on the device. The last call. */
  release(): void
}

interface DecoderOptions extends StepTarget {
  /** The session that runs several steps at once; it can be the session of the single steps. */
  readonly loop?: Pick<StepTarget, 'session' | 'graph'>
  readonly vocabularySize: number
  readonly sequenceCount: number
  /** The tokens that end a turn. */
  readonly endTokens: readonly number[]
  /** Milliseconds that a run of several steps may take. */
  readonly maxRunTime: number
}

/** A decoder over one session, or over one for single steps and one for loops. */
export function decoder({
  vocabularySize,
  sequenceCount,
  endTokens,
  maxRunTime,
  loop,
  ...target
}: DecoderOptions): Decoder {
  const runStep = stepRunner(target)
  const runLoop =
    loop && loopRunner({ target: { ...target, ...loop }, vocabularySize, endTokens, maxRunTime })
  const { shouldBatch, recordBatch, recordLoop } = batchChoice()
  const stepper = sequenceStepper({ runStep, layout: target, vocabularySize, recordBatch })
  const sequences = Array.from({ length: sequenceCount }, (_, index) =>
    createSequence(index, target),
  )
  let canBatch = false

  function findSequence(index: number): Sequence {
    const sequence = sequences[index]
    if (!sequence) throw new NanoError('internal', `onnx: there is no sequence ${index}`)
    return sequence
  }

  /**
   * A loop knows logits, penalties and random numbers only. The first token of a reply is not
   * chosen in a loop, because it would wait for those after it.
   */
  function canLoop({ sequence, origin }: StepRequest): boolean {
    const { logprobs, grammar } = findSequence(sequence)
    return origin !== 'prompt' && logprobs === undefined && grammar === undefined
  }

  /** The requests that a loop serves: one alone, or several where a batch takes longer. */
  function selectLoopRequests(requests: readonly StepRequest[]): readonly StepRequest[] {
    const loopable = runLoop ? requests.filter(canLoop) : []
    const usesBatch =
      canBatch &&
      requests.length > 1 &&
      (shouldBatch(requests.length) || loopable.length < requests.length)
    return usesBatch ? [] : loopable
  }

  async function sampleInLoop(
    runLoop: RunLoop,
    { sequence: index, tokens, origin, maxTokens = 1 }: StepRequest,
  ): Promise<StepResult> {
    const sequence = findSequence(index)
    stepper.separate(sequence)
    const isTimed = origin === 'sampled'
    const result = await runLoop(sequence, { tokens, maxTokens, isTimed })
    if (isTimed && result.tokens.length > 1) recordLoop(result.duration)
    const [token = 0, ...followingTokens] = result.tokens
    return { token, followingTokens }
  }

  return {
    beginReply(index, prompt, settings) {
      const sequence = findSequence(index)
      stepper.separate(sequence)
      return beginReply(sequence, { prompt, ...settings }, target)
    },
    async readTokens(index, tokens) {
      await stepper.readTokens({ sequence: findSequence(index), tokens })
    },
    setGrammar(index, grammar) {
      findSequence(index).grammar = grammar
    },
    async sampleTokens(requests) {
      for (const { sequence, tokens, origin, discardedTokens = 0 } of requests)
        if (origin === 'replacement')
          replaceToken(findSequence(sequence), { tokens, discardedTokens }, target)

      const loopRequests = selectLoopRequests(requests)
      const stepRequests = requests.filter((request) => !loopRequests.includes(request))
      const logits = await stepper.computeAllLogits(
        stepRequests.map(({ sequence, tokens }) => ({ sequence: findSequence(sequence), tokens })),
        { canBatch },
      )
      const results: (StepResult | Error)[] = []
      for (const request of requests) {
        const result =
          runLoop && loopRequests.includes(request)
            ? sampleInLoop(runLoop, request)
            : sampleFrom(findSequence(request.sequence), logits[stepRequests.indexOf(request)])
        results.push(await result.catch(toError))
      }
      return results
    },
    async runTrial() {
      const sequence = findSequence(0)
      // Several tokens: what a rewritten graph does with one alone says little.
      await stepper.computeLogits({ sequence, tokens: [0, 0, 0] })
      const startedAt = performance.now()
      await stepper.computeLogits({ sequence, tokens: [0] })
      const stepTime = performance.now() - startedAt
      if (runLoop)
        await sampleInLoop(runLoop, { sequence: 0, tokens: [0], origin: 'sampled', maxTokens: 2 })
      sequence.replyTokens = []
      sequence.cache = truncateCache(sequence.cache, 0, target)
      // Caches on the device cannot be joined here.
      const { isLoop, keepsCacheOnDevice } = target.graph
      canBatch =
        sequenceCount > 1 && !isLoop && !keepsCacheOnDevice && (await isBatchExact(runStep, target))
      return { canBatch, stepTime }
    },
    release() {
      for (const { cache } of sequences) disposeTensors(cache.tensors)
    },
  }
}

async function sampleFrom(
  sequence: Sequence,
  logits: Float32Array | Error | undefined,
): Promise<StepResult> {
  if (logits instanceof Float32Array) return sampleToken(sequence, logits)
  throw logits ?? new NanoError('internal', 'onnx: a step left out a sequence')
}
