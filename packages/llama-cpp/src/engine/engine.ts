import type {
  CompletionOptions,
  Engine,
  Increment,
  PrefillStats,
  Steering,
} from '@nano/chat/engine'
import { type ModelInfo, NanoError } from '@nano/core'
import { samplingNames } from '@nano/core/driver'
import { decodeInRuntime, isPredictable } from '../decode/decode-in-runtime.ts'
import { decodeWithLogprobs } from '../decode/decode-with-logprobs.ts'
import { decodeWithLookup } from '../decode/decode-with-lookup.ts'
import type { DecodeOptions, Decoding, Redirect } from '../decode/decoding.ts'
import type { GgufVocabulary, GrammarState, LlamaModel, Token, TokenBias } from '../runtime.ts'
import {
  loadSequence,
  saveSequence,
  type SequenceOptions,
  type StateSource,
  type StateTarget,
} from '../state/sequence-state.ts'
import type { LoraContexts } from './lora-contexts.ts'
import type { SequenceLease, SharedContext } from './shared-context.ts'
import { vocabulary } from './vocabulary.ts'

/** An engine whose KV cache can be saved and loaded. */
export interface LlamaCppEngine extends Engine {
  /**
   * Writes the KV cache of a prompt to a file, and reads first what the cache does not hold yet.
   * Resolves to the size of the file in bytes.
   */
  saveState(prompt: readonly number[], target: StateTarget): Promise<number>
  /** Reads such a file into a sequence. */
  loadState(source: StateSource): Promise<void>
}

interface EngineOptions {
  /** Begins the messages of errors. */
  readonly name: string
  readonly model: LlamaModel
  /** For requests without a LoRA adapter. */
  readonly context: SharedContext
  readonly loraContexts: LoraContexts
  readonly info: ModelInfo & { readonly contextLength: number }
  readonly ggufVocabulary: GgufVocabulary
  readonly vocabularySize: number
  /** Names of the LoRA adapters. */
  readonly loras: readonly string[]
  /** Guesses that replies repeat their prompts. */
  readonly usesLookup: boolean
  readonly grammarState: (grammar: string) => Promise<GrammarState>
  /** Control tokens that end a turn, besides those that the runtime knows. */
  readonly turnEnds: readonly string[]
  /** What a grammar samples with. */
  readonly noControlTokens: TokenBias
}

/** A loaded model as an engine: each request has a sequence, and all decode in one batch. */
export function engine({
  name,
  model,
  context,
  loraContexts,
  info,
  ggufVocabulary,
  vocabularySize,
  loras,
  usesLookup,
  grammarState,
  turnEnds,
  noControlTokens,
}: EngineOptions): LlamaCppEngine {
  const modelVocabulary = vocabulary({
    model,
    ggufVocabulary,
    name,
    format: info.format ?? 'plain text',
  })
  const endTokens = new Set(modelVocabulary.tokenize(turnEnds.map((end) => ({ control: end }))))
  /** Ends the work outside of replies; `Model` ends the replies. */
  const closing = new AbortController()

  function takeSequence(
    prompt: readonly Token[],
    { lora, signal }: SequenceOptions,
  ): Promise<SequenceLease> {
    return lora === undefined
      ? context.take(prompt, signal)
      : loraContexts.take(lora, prompt, signal)
  }

  /** Prompt look-up compares its guesses with tokens that must depend on nothing but the text. */
  function startDecoding(options: DecodeOptions): Decoding {
    const { logprobs, sampling, grammar } = options.completion
    if (logprobs !== undefined) return decodeWithLogprobs(options, logprobs)
    return usesLookup && grammar === undefined && isPredictable(sampling)
      ? decodeWithLookup(options)
      : decodeInRuntime(options)
  }

  async function* complete(
    promptTokens: readonly number[],
    completion: CompletionOptions,
  ): AsyncGenerator<Increment, void, Steering | undefined> {
    const { signal, onPrefill, shownControlTokens = [] } = completion
    const prompt = promptTokens as readonly Token[]
    const arrivedAt = performance.now()
    const lease = await takeSequence(prompt, completion)
    const startedAt = performance.now()

    try {
      const startGrammar = async (text: string | undefined) => {
        const state = text === undefined ? undefined : await grammarState(text)
        signal.throwIfAborted()
        return state
      }
      let grammar = await startGrammar(completion.grammar)
      const { cachedInput, unreadTokens } = await lease.prefill({ uncached: 1, onPrefill })

      const replyTokens: Token[] = []
      let remainingTokens = completion.maxTokens
      const decoding = startDecoding({
        lease,
        prompt,
        unreadTokens,
        completion,
        replyTokens,
        vocabularySize,
        noControlTokens,
        countRemaining: () => remainingTokens,
        getGrammarState: () => grammar,
      })
      let decoder = modelVocabulary.decoder({ shownControlTokens, prompt, replyTokens })
      let prefill: PrefillStats | undefined
      let redirect: Redirect | undefined
      const step = () => decoding.next(redirect)

      try {
        for (;;) {
          const { value: tokens, done } = await (prefill || unreadTokens.length === 1
            ? lease.decode(step)
            : lease.read(unreadTokens.length, step))
          signal.throwIfAborted()
          if (done)
            throw new NanoError(
              'bad-output',
              `${name}: the runtime ended the reply without an end-of-turn token`,
            )
          redirect = undefined

          for (const [position, { token, logprob }] of tokens.entries()) {
            const isFirst = prefill === undefined
            prefill ??= {
              cachedInput,
              waiting: startedAt - arrivedAt,
              prompt: performance.now() - startedAt,
            }
            if (isFirst) onPrefill?.({ processed: prompt.length, total: prompt.length })

            const previousToken = replyTokens.at(-1) ?? prompt.at(-1)
            const isEndOfTurn = model.isEogToken(token) || endTokens.has(token)
            if (!isEndOfTurn) replyTokens.push(token)
            const finishReason = isEndOfTurn
              ? 'stop'
              : --remainingTokens === 0
                ? 'length'
                : undefined
            const steering = yield {
              text: isEndOfTurn ? decoder.end() : decoder.push(token),
              tokens: [token],
              ...(logprob && { logprobs: [modelVocabulary.addText(logprob, previousToken)] }),
              ...(isFirst && { prefill }),
              ...(finishReason && { finishReason }),
            }
            if (finishReason) return
            if (!steering) continue

            const replacement = steering.replacement as readonly Token[]
            redirect = { keptCount: position, replacement }
            replyTokens.splice(-1, 1, ...replacement)
            remainingTokens = steering.maxTokens
            grammar = await startGrammar(steering.grammar)
            decoder = modelVocabulary.decoder({ shownControlTokens, prompt, replyTokens })
            break
          }
        }
      } finally {
        await lease.run(() => decoding.return())
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      lease.release()
    }
  }

  /** The signal of `work` is aborted too once the engine is being closed. */
  async function useSequence<T>(
    prompt: readonly number[],
    { lora, signal: callerSignal }: SequenceOptions,
    work: (lease: SequenceLease, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const signal = AbortSignal.any([callerSignal, closing.signal])
    const lease = await takeSequence(prompt as readonly Token[], { lora, signal })
    try {
      signal.throwIfAborted()
      return await work(lease, signal)
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      lease.release()
    }
  }

  return {
    name,
    info,
    sampling: samplingNames,
    vocabularySize,
    logprobs: true,
    grammar: true,
    grammarShowsControlTokens: true,
    loras,
    ...(model.tokens.shouldPrependBosToken &&
      model.tokens.bosString !== null && { bosToken: model.tokens.bosString }),
    complete,
    saveState: (prompt, { path, trailer, ...options }) =>
      useSequence(prompt, options, (lease, signal) =>
        saveSequence(lease, { path, name, trailer, signal }),
      ),
    loadState: ({ path, ...options }) =>
      useSequence([], options, (lease) => loadSequence(lease, { path, name })),
    tokenize: async (prompt) => modelVocabulary.tokenize(prompt),
    detokenize: async (tokens) => modelVocabulary.detokenize(tokens),
    async close() {
      closing.abort(new NanoError('closed', `${name} is closed`))
      await Promise.all([context.dispose(), loraContexts.dispose()])
      await model.dispose()
    },
  }
}
