import {
  type CompletionOptions,
  type Engine,
  type Increment,
  sequencePool,
  type Steering,
} from '@nano/chat/engine'
import type { Tokenizer } from '@nano/chat/tokenizer'
import type { ModelInfo, TokenLogprob } from '@nano/core'
import { samplingNames } from '@nano/core/driver'
import type { RemoteSession } from '../worker/remote-session.ts'
import { lockstep } from './lockstep.ts'
import { promptReader } from './prompt-reader.ts'
import { replyTokens } from './reply-tokens.ts'

interface EngineOptions {
  readonly session: RemoteSession
  readonly tokenizer: Tokenizer
  readonly info: ModelInfo & { readonly contextLength: number }
  /** The tokens that end a turn. */
  readonly endTokens: ReadonlySet<number>
  /** Requests served at once. */
  readonly parallel: number
  /** How many tokens of a prompt one run reads. Meanwhile the tokens of other requests wait. */
  readonly batchSize: number
}

/** An open model as an engine: each request has a sequence, and all sequences step together. */
export function engine({
  session,
  tokenizer,
  info,
  endTokens,
  parallel,
  batchSize,
}: EngineOptions): Engine {
  const sequences = sequencePool([...Array(parallel).keys()])
  const sampleNext = lockstep(session)
  const reader = promptReader(session, batchSize)

  function addText(
    { token, logprob, top }: Omit<TokenLogprob, 'text'>,
    previousToken: number | undefined,
  ): TokenLogprob {
    const decode = (token: number) =>
      tokenizer.detokenize([token], { shownControlTokens: 'all', previousToken })
    return {
      token,
      text: decode(token),
      logprob,
      top: top.map((entry) => ({ ...entry, text: decode(entry.token) })),
    }
  }

  async function* complete(
    prompt: readonly number[],
    options: CompletionOptions,
  ): AsyncGenerator<Increment, void, Steering | undefined> {
    const { signal, onPrefill, sampling, logprobs, grammar, shownControlTokens = [] } = options
    const takeTurn = <T>(work: () => Promise<T>) => reader.takeTurn(signal, work)
    /** The token that the next one follows. */
    let previousToken = prompt.at(-1)
    const createDecoder = () => tokenizer.decoder({ shownControlTokens, previousToken })

    const arrivedAt = performance.now()
    const slot = await sequences.take(prompt, signal)
    const { sequence } = slot
    const startedAt = performance.now()
    /**
     * Where the reader leaves early, a step may still be running; the sequence is free after it.
     */
    let waitForStep: () => Promise<unknown> = async () => {}

    try {
      const { cachedInput, firstToken } = await takeTurn(() =>
        session.call('beginReply', {
          sequence,
          prompt,
          batchSize,
          sampling,
          ...(logprobs !== undefined && { logprobs }),
          ...(grammar !== undefined && { grammar }),
        }),
      )
      signal.throwIfAborted()
      const promptTokens = firstToken
        ? []
        : await reader.readAhead({ sequence, prompt, cachedInput }, options)
      const tokens = replyTokens({
        session,
        sequence,
        promptTokens,
        firstToken,
        endTokens,
        sampleNext,
        takeTurn,
      })
      waitForStep = tokens.waitForStep

      let decoder = createDecoder()
      let prefill: Increment['prefill']
      let remainingTokens = options.maxTokens
      for (;;) {
        const { token, logprob } = await tokens.next(remainingTokens)
        signal.throwIfAborted()
        const isFirst = prefill === undefined
        prefill ??= {
          cachedInput,
          waiting: startedAt - arrivedAt,
          prompt: performance.now() - startedAt,
        }
        if (isFirst) onPrefill?.({ processed: prompt.length, total: prompt.length })

        const isEnd = endTokens.has(token)
        const finishReason = isEnd ? 'stop' : --remainingTokens === 0 ? 'length' : undefined
        const steering: Steering | undefined = yield {
          text: isEnd ? decoder.end() : decoder.push(token),
          tokens: [token],
          ...(logprob && { logprobs: [addText(logprob, previousToken)] }),
          ...(isFirst && { prefill }),
          ...(finishReason && { finishReason }),
        }
        if (finishReason) return
        previousToken = steering ? (steering.replacement.at(-1) ?? previousToken) : token
        if (!steering) continue
        await tokens.replace(steering.replacement, steering.grammar)
        signal.throwIfAborted()
        remainingTokens = steering.maxTokens
        decoder = createDecoder()
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      void waitForStep().then(() => sequences.release(slot))
    }
  }

  return {
    name: `onnx(${info.model})`,
    info,
    sampling: samplingNames,
    vocabularySize: tokenizer.vocabularySize,
    logprobs: true,
    grammar: true,
    grammarShowsControlTokens: true,
    ...(tokenizer.bosToken !== undefined && { bosToken: tokenizer.bosToken }),
    complete,
    tokenize: async (prompt) => tokenizer.tokenize(prompt),
    detokenize: async (tokens) => tokenizer.detokenize(tokens, { shownControlTokens: 'all' }),
    close: () => session.close(),
  }
}
