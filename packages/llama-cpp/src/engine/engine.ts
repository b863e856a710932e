import type {
  CompletionOptions,
  Engine,
  Increment,
  PooledSequence,
  Steering,
} from '@nano/chat/engine'
import { type ModelInfo, NanoError } from '@nano/core'
import { type TokenDecoder, wholeCodePoints } from '@nano/core/driver'
import type { Contexts } from './lora-contexts.ts'
import { decode, type Redirect } from '../decode/decode.ts'
import { type RuntimeLog, toNanoError } from '../error.ts'
import type {
  GgufVocabulary,
  GrammarState,
  LlamaModel,
  LlamaSequence,
  Token,
  TokenBias,
} from '../runtime.ts'
import { settings } from '../decode/sampling.ts'
import { reuse } from './sequences.ts'
import { vocabulary } from './vocabulary.ts'

type Slot = PooledSequence<LlamaSequence>

export interface Loaded {
  readonly model: LlamaModel
  readonly contexts: Contexts
  readonly info: ModelInfo & { readonly contextLength: number }
  readonly words: GgufVocabulary
  readonly vocabularySize: number
  readonly loras: readonly string[]
  /**
   * Tokens of the prompt read at a time: an abort waits for at most that many, and so do the
   * others' next tokens.
   */
  readonly batchSize: number
  /** Guesses that replies repeat their prompts. */
  readonly lookUp: boolean
  readonly grammarState: (grammar: string) => GrammarState
  readonly textOnly: TokenBias
  readonly log: RuntimeLog
}

/** A sequence for one request, and how it shares the context with others. */
interface Taken {
  readonly slot: Slot
  /** Runs a call that decodes, together with the others'. */
  together<T>(work: () => Promise<T>): Promise<T>
  /** Runs one that reads so many tokens of the prompt, when it is its turn. */
  reading<T>(tokens: number, work: () => Promise<T>): Promise<T>
  give(): void
}

/** What a sequence is taken for. */
interface Asked {
  readonly lora?: string | undefined
  readonly signal: AbortSignal
}

/** An engine whose KV cache can be worked on outside a reply. */
export interface LlamaCppEngine extends Engine {
  /**
   * Gives `work` the sequence left alone for longest, to leave as it likes; frees it after. Rejects
   * with `signal.reason` on abort, and with `closed` once the engine is being closed.
   */
  onSequence<T>(options: Asked, work: (slot: Slot) => Promise<T>): Promise<T>
  /** The same with the sequence that goes on from `prompt`, after reading the whole of it. */
  onRead<T>(prompt: readonly number[], options: Asked, work: (slot: Slot) => Promise<T>): Promise<T>
}

/** A loaded model as an engine: a sequence a request, continuous batching between them. */
export function engine({
  model,
  contexts,
  info,
  words: loadedWords,
  vocabularySize,
  loras,
  batchSize,
  lookUp,
  grammarState,
  textOnly,
  log,
}: Loaded): LlamaCppEngine {
  const name = `llama-cpp(${info.model})`
  const words = vocabulary({ model, words: loadedWords, name, format: info.format ?? '' })
  /** Calls into the runtime that have not returned; memory must not go while there is one. */
  const running = new Set<Promise<unknown>>()
  /** Closing is heard by what works outside a reply; whoever holds the model ends the replies. */
  const closing = new AbortController()

  async function run<T>(work: Promise<T>): Promise<T> {
    running.add(work)
    try {
      return await work
    } catch (cause) {
      throw toNanoError({ cause, who: name, doing: 'decoding', log, decoding: true })
    } finally {
      running.delete(work)
    }
  }

  /** A sequence of the right context, and what gives both back. */
  async function take(prompt: readonly Token[], { lora, signal }: Asked): Promise<Taken> {
    const lease = await contexts.on(lora, signal)
    const { sequences, lockstep, reading } = lease.context
    try {
      const slot = await sequences.take(prompt, signal)
      const stepper = lockstep.join()
      return {
        slot,
        together: (work) => stepper.step(() => run(work())),
        async reading(tokens, work) {
          stepper.leave()
          await reading.take(tokens, signal)
          try {
            return await stepper.step(async () => {
              signal.throwIfAborted()
              return run(work())
            })
          } finally {
            reading.give(tokens)
          }
        },
        give() {
          stepper.leave()
          sequences.release(slot)
          lease.give()
        },
      }
    } catch (error) {
      lease.give()
      throw error
    }
  }

  /**
   * Reads the prompt but for its last batch, and gives that: it is read together with sampling the
   * first token.
   */
  async function prefill(
    { slot: { sequence, index }, reading }: Taken,
    prompt: readonly Token[],
    { signal, onPrefill }: Pick<CompletionOptions, 'signal' | 'onPrefill'>,
  ): Promise<Token[]> {
    let at = sequence.nextTokenIndex
    while (prompt.length - at > batchSize) {
      await reading(batchSize, () =>
        sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(at, at + batchSize), {
          evaluationPriority: index,
        }),
      )
      signal.throwIfAborted()
      at += batchSize
      onPrefill?.({ processed: at, total: prompt.length })
    }
    return prompt.slice(at)
  }

  /** Work on the KV cache that is no reply. */
  async function outside<T>(
    prompt: readonly Token[],
    { lora, signal: asked }: Asked,
    work: (taken: Taken, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const signal = AbortSignal.any([asked, closing.signal])
    const taken = await take(prompt, { lora, signal })
    try {
      signal.throwIfAborted()
      return await work(taken, signal)
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      taken.give()
    }
  }

  async function* complete(
    tokens: readonly number[],
    options: CompletionOptions,
  ): AsyncGenerator<Increment, void, Steering | undefined> {
    const { signal, onPrefill } = options
    const prompt = tokens as readonly Token[]
    const asked = performance.now()
    const taken = await take(prompt, options)
    const {
      slot: { sequence, index },
      together,
      reading,
      give,
    } = taken
    const begun = performance.now()

    try {
      let grammar = options.grammar === undefined ? undefined : grammarState(options.grammar)
      const cachedInput = await run(reuse(sequence, prompt))
      signal.throwIfAborted()
      const rest = await prefill(taken, prompt, options)

      const sampled: Token[] = []
      const decoder = (): TokenDecoder =>
        wholeCodePoints((held) =>
          words.text(held, {
            controls: options.showControlTokens ?? false,
            before: sampled.slice(-held.length - 4, -held.length),
          }),
        )
      let text = decoder()
      let start: Increment['prefill']
      let left = options.maxTokens
      const decoding = decode({
        sequence,
        index,
        prompt,
        rest,
        options,
        sampled,
        vocabularySize,
        lookUp,
        left: () => left,
        grammar: () => grammar,
        textOnly,
      })

      try {
        for (let redirect: Redirect | undefined; ;) {
          const next = () => decoding.next(redirect)
          const { value: step, done } = await (start || rest.length === 1
            ? together(next)
            : reading(rest.length, next))
          signal.throwIfAborted()
          if (done)
            throw new NanoError(
              'bad-output',
              `${name}: the runtime ended without an end-of-turn token`,
            )
          redirect = undefined

          for (const [kept, { token, logprob }] of step.entries()) {
            const first = start === undefined
            start ??= { cachedInput, waiting: begun - asked, prompt: performance.now() - begun }
            if (first) onPrefill?.({ processed: prompt.length, total: prompt.length })

            const ended = model.isEogToken(token)
            if (!ended) sampled.push(token)
            const end = ended ? 'stop' : --left === 0 ? 'length' : undefined
            const steering = yield {
              text: ended ? text.end() : text.push(token),
              tokens: [token],
              ...(logprob && { logprobs: [words.named(logprob)] }),
              ...(first && { prefill: start }),
              ...(end && { finishReason: end }),
            }
            if (end) return
            if (!steering) continue
            redirect = { kept, instead: steering.replacement as readonly Token[] }
            sampled.splice(-1, 1, ...redirect.instead)
            left = steering.maxTokens
            grammar = steering.grammar === undefined ? undefined : grammarState(steering.grammar)
            text = decoder()
            break
          }
        }
      } finally {
        await run(decoding.return())
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      give()
    }
  }

  return {
    name,
    info,
    sampling: settings,
    vocabularySize,
    logprobs: true,
    grammar: true,
    loras,
    ...(model.tokens.shouldPrependBosToken &&
      model.tokens.bosString !== null && { bosToken: model.tokens.bosString }),
    complete,
    onSequence: (options, work) => outside([], options, ({ slot }) => run(work(slot))),
    onRead: (tokens, options, work) =>
      outside(tokens as readonly Token[], options, async (taken, signal) => {
        const { slot, reading } = taken
        const prompt = tokens as readonly Token[]
        await run(reuse(slot.sequence, prompt, 0))
        const rest = await prefill(taken, prompt, { signal })
        if (rest.length > 0)
          await reading(rest.length, () =>
            slot.sequence.evaluateWithoutGeneratingNewTokens(rest, {
              evaluationPriority: slot.index,
            }),
          )
        signal.throwIfAborted()
        return run(work(slot))
      }),
    tokenize: async (prompt) => words.tokenize(prompt),
    detokenize: async (tokens) => words.text(tokens, { controls: true }),
    async close() {
      closing.abort(new NanoError('closed', `${name} is closed`))
      while (running.size > 0) await Promise.allSettled(running)
      await contexts.dispose()
      await model.dispose()
    },
  }
}
