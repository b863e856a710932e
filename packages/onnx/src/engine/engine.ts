import {
  type CompletionOptions,
  type Engine,
  type Increment,
  sequencePool,
  type Steering,
} from '@nano/chat/engine'
import type { Tokenizer } from '@nano/chat/tokenizer'
import type { ModelInfo, Sampling, TokenLogprob } from '@nano/core'
import { slots, type TokenDecoder, rejectOnAbort, wholeCodePoints } from '@nano/core/driver'
import { lockstep } from './lockstep.ts'
import type { Next } from '../decode/decoder.ts'
import type { Sampled } from '../decode/sample-token.ts'
import type { RemoteSession } from '../worker/remote-session.ts'

export interface Loaded {
  readonly session: RemoteSession
  readonly tokenizer: Tokenizer
  readonly info: ModelInfo & { readonly contextLength: number }
  /** The tokens that end a turn. */
  readonly ends: ReadonlySet<number>
  readonly parallel: number
  /** Tokens of the prompt read at a time: the others' next tokens wait for at most that many. */
  readonly batchSize: number
}

/** All of the contract's settings: the sampler is our own. */
const settings: readonly (keyof Sampling)[] = [
  'temperature',
  'topP',
  'topK',
  'minP',
  'repetitionPenalty',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
]

/** A loaded model as an engine: a sequence a request, one step of each in turn. */
export function engine({ session, tokenizer, info, ends, parallel, batchSize }: Loaded): Engine {
  const name = `onnx(${info.model})`
  const sequences = sequencePool([...Array(parallel).keys()])
  const next = lockstep(session)
  /**
   * Whoever has it reads a piece of a prompt beside the next step; the others wait, first come
   * first served, or their tokens would be late.
   */
  const reading = slots([{}])

  const named = ({ token, logprob, top }: Omit<TokenLogprob, 'text'>): TokenLogprob => ({
    token,
    text: alone(token),
    logprob,
    top: top.map((entry) => ({ ...entry, text: alone(entry.token) })),
  })
  const alone = (token: number) => tokenizer.detokenize([token], { showControlTokens: true })

  async function inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = await reading.take(signal)
    try {
      // The run goes on; whoever has the sequence next comes after it.
      return await rejectOnAbort(work(), signal)
    } finally {
      reading.release(turn)
    }
  }

  /**
   * Reads the prompt but for its last batch, and gives that: it is read together with sampling the
   * first token.
   */
  async function prefill(
    sequence: number,
    prompt: readonly number[],
    {
      cached,
      signal,
      onPrefill,
    }: Pick<CompletionOptions, 'signal' | 'onPrefill'> & { readonly cached: number },
  ): Promise<readonly number[]> {
    let at = cached
    while (prompt.length - at > batchSize) {
      const tokens = prompt.slice(at, at + batchSize)
      await inTurn(signal, () => session.call('read', { sequence, tokens }))
      signal.throwIfAborted()
      at += batchSize
      onPrefill?.({ processed: at, total: prompt.length })
    }
    return prompt.slice(at)
  }

  /**
   * Whether a loop may take its next run already: nothing in the last one ends the reply by itself.
   */
  function goesOn(run: readonly Sampled[], left: number): boolean {
    return run.length > 1 && left > run.length && !run.some(({ token }) => ends.has(token))
  }

  async function* complete(
    prompt: readonly number[],
    options: CompletionOptions,
  ): AsyncGenerator<Increment, void, Steering | undefined> {
    const { signal, onPrefill, sampling, logprobs, grammar } = options
    const arrived = performance.now()
    const slot = await sequences.take(prompt, signal)
    const { sequence } = slot
    const begun = performance.now()
    /**
     * Under way where a reply is left: it waits for its turn in this thread, and must not come
     * after what the sequence is begun with next.
     */
    let last: Promise<unknown> = Promise.resolve()
    const step = (asked: Next) => {
      const sampled = next(asked)
      last = sampled.catch(() => {})
      return sampled
    }

    try {
      const beginning = {
        sequence,
        prompt,
        batchSize,
        sampling,
        ...(logprobs !== undefined && { logprobs }),
        ...(grammar !== undefined && { grammar }),
      }
      const { cachedInput, first: sampled } = await inTurn(signal, () =>
        session.call('begin', beginning),
      )
      signal.throwIfAborted()
      const tokens = sampled
        ? []
        : await prefill(sequence, prompt, {
            cached: cachedInput,
            signal,
            ...(onPrefill && { onPrefill }),
          })
      let asked: Next = { sequence, tokens, are: 'prompt' }

      const decoder = (): TokenDecoder =>
        wholeCodePoints((held) =>
          tokenizer.detokenize(held, { showControlTokens: options.showControlTokens ?? false }),
        )
      let text = decoder()
      let start: Increment['prefill']
      let left = options.maxTokens
      /** Sampled, and not looked at yet. */
      let ready: readonly Sampled[] = sampled ? [sampled] : []
      /** The run after those, under way while they are looked at. */
      let coming: Promise<Sampled> | undefined

      for (;;) {
        if (ready.length === 0) {
          const { ahead = [], ...given } = await (coming ??
            (asked.tokens.length > 1 ? inTurn(signal, () => step(asked)) : step(asked)))
          ready = [given, ...ahead.map((token) => ({ token }))]
          coming = goesOn(ready, left)
            ? step({
                sequence,
                tokens: [ready.at(-1)?.token ?? 0],
                are: 'sampled',
                most: left - ready.length,
              })
            : undefined
        }
        const [{ token, logprob } = { token: 0 }, ...others]: readonly Sampled[] = ready
        ready = others
        signal.throwIfAborted()
        const first = start === undefined
        start ??= { cachedInput, waiting: begun - arrived, prompt: performance.now() - begun }
        if (first) onPrefill?.({ processed: prompt.length, total: prompt.length })

        const ended = ends.has(token)
        const end = ended ? 'stop' : --left === 0 ? 'length' : undefined
        const steering: Steering | undefined = yield {
          text: ended ? text.end() : text.push(token),
          tokens: [token],
          ...(logprob && { logprobs: [named(logprob)] }),
          ...(first && { prefill: start }),
          ...(end && { finishReason: end }),
        }
        if (end) return
        if (!steering) {
          asked = { sequence, tokens: [token], are: 'sampled', most: left }
          continue
        }
        // It must not be held to a grammar that is not its own.
        const { ahead = [] } = (await coming) ?? {}
        await session.call('hold', {
          sequence,
          ...(steering.grammar !== undefined && { grammar: steering.grammar }),
        })
        signal.throwIfAborted()
        left = steering.maxTokens
        asked = {
          sequence,
          tokens: steering.replacement,
          are: 'instead',
          unread: ready.length + (coming ? 1 + ahead.length : 0),
          most: left,
        }
        ready = []
        coming = undefined
        text = decoder()
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      void last.then(() => sequences.release(slot))
    }
  }

  return {
    name,
    info,
    sampling: settings,
    vocabularySize: tokenizer.vocabularySize,
    logprobs: true,
    grammar: true,
    ...(tokenizer.bosToken !== undefined && { bosToken: tokenizer.bosToken }),
    complete,
    tokenize: async (prompt) => tokenizer.tokenize(prompt),
    detokenize: async (tokens) => tokenizer.detokenize(tokens, { showControlTokens: true }),
    close: () => session.close(),
  }
}
