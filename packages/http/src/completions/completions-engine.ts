import type { CompletionOptions, Engine, Increment, Start, Steering } from '@nano/chat/engine'
import { type ModelInfo, NanoError, type TokenLogprob } from '@nano/core'
import { randomInteger, wholeCodePoints } from '@nano/core/driver'
import * as z from 'zod'
import type { CompletionsDialect, CompletionStep } from '../profiles/profile.ts'
import type { Tokens } from '../tokens/remote-tokens.ts'
import type { Values } from '../transport/value-stream.ts'
import type { Wire } from '../transport/wire.ts'

export interface CompletionsOptions {
  readonly wire: Wire
  /** What requests call it. */
  readonly model: string
  readonly info: ModelInfo & { readonly contextLength: number }
  readonly dialect: CompletionsDialect
  readonly tokens: Tokens
}

/**
 * What one completion said before it was steered elsewhere, and what is to be said instead of its
 * last increment.
 */
interface Left {
  readonly said: readonly number[]
  readonly steering: Steering
}

/**
 * A server's raw completions as an engine: the prompt goes out as token ids, and steering is
 * another completion.
 */
export function completions({ wire, model, info, dialect, tokens }: CompletionsOptions): Engine {
  const { who } = wire

  function asked(prompt: readonly number[], options: CompletionOptions): Values {
    const {
      temperature = 1,
      topP = 1,
      topK = Infinity,
      minP = 0,
      seed = randomInteger(),
    } = options.sampling
    const body = dialect.encode({
      ...options,
      model,
      prompt,
      ends: tokens.ends,
      sampling: { ...options.sampling, temperature, topP, topK, minP, seed },
    })
    return wire.stream(dialect.path, body, options.signal)
  }

  function decoded(value: unknown): CompletionStep {
    try {
      return dialect.decode(value)
    } catch (cause) {
      throw new NanoError(
        'bad-output',
        `${who}: ${wire.host} sent a completion that is not in the agreed form:\n${cause instanceof z.ZodError ? z.prettifyError(cause) : ''}`,
      )
    }
  }

  /**
   * The tokens of a step, the ones it only counted included: a character in several tokens comes
   * with the id of the last.
   */
  async function whole(
    { text, tokens: named }: CompletionStep,
    missing: number,
    signal: AbortSignal,
  ): Promise<readonly number[]> {
    const guess = text ? await tokens.tokenize([{ text }], signal) : []
    return guess.length === missing + named.length
      ? guess
      : [...Array.from({ length: missing }, () => guess[0] ?? 0), ...named]
  }

  /**
   * The text of each step: the server's, or made of its tokens, without the one that ends the turn.
   */
  function writer({ controlText = false }: CompletionOptions): (step: CompletionStep) => string {
    const decoder = wholeCodePoints((ids) => tokens.text?.(ids, { controls: controlText }) ?? '')
    return ({ text, tokens: ids, end }) => {
      if (text !== undefined) return text
      const said = end === 'stop' && tokens.ends.includes(ids.at(-1) ?? -1) ? ids.slice(0, -1) : ids
      return said.map((id) => decoder.push(id)).join('') + (end ? decoder.end() : '')
    }
  }

  function logprobsOf(
    { logprobs = [] }: CompletionStep,
    { logprobs: count }: CompletionOptions,
  ): readonly TokenLogprob[] {
    if (count === undefined) return []
    const named = ({
      token,
      text,
      logprob,
    }: {
      readonly token: number
      readonly text?: string
      readonly logprob: number
    }) => ({ token, logprob, text: text ?? tokens.text?.([token], { controls: true }) ?? '' })
    return logprobs.map((entry) => ({ ...named(entry), top: entry.top.slice(0, count).map(named) }))
  }

  /** One request. Returns where it was steered; nothing when the reply is over. */
  async function* once(
    prompt: readonly number[],
    options: CompletionOptions,
    first: boolean,
  ): AsyncGenerator<Increment, Left | undefined, Steering | undefined> {
    const begun = performance.now()
    let reading: number | undefined
    let cached: number | undefined
    /** What was told of reading the prompt; of a completion that goes on with another, nothing. */
    let start: Start | undefined = first ? undefined : {}
    const said: number[] = []
    const write = writer(options)
    /** A token without text ends the turn, or is a control token; what comes next tells. */
    let silent: Increment | undefined
    /** Usage may follow the end. */
    let last: Increment | undefined

    const source = asked(prompt, options)
    try {
      for (let values = await source.next(); values; values = await source.next())
        for (const value of values) {
          const step = decoded(value)
          cached = step.prefill?.cached ?? step.cached ?? cached
          if (step.broken)
            throw new NanoError(
              'unavailable',
              `${who}: ${wire.host} broke the reply off (${step.broken})`,
              { retryable: true },
            )
          if (step.prefill) {
            reading ??= performance.now()
            if (first) options.onPrefill?.(step.prefill)
          }
          const missing = (step.count ?? 0) - said.length - step.tokens.length
          const ids = missing > 0 ? await whole(step, missing, options.signal) : step.tokens
          const text = write(step)
          if (last || step.prefill || (ids.length === 0 && text === '' && !step.end)) continue

          const logprobs = logprobsOf(step, options)
          let increment: Increment = { text, tokens: ids, ...(logprobs.length > 0 && { logprobs }) }
          if (!start) {
            start = {
              ...(cached !== undefined && { cachedInput: cached }),
              ...(reading !== undefined && {
                waiting: reading - begun,
                prompt: performance.now() - reading,
              }),
            }
            increment = { ...increment, start }
          }
          if (silent) {
            if (step.end === 'stop' && text === '') increment = merged(silent, increment)
            else {
              const steering = yield await heard(silent, options)
              if (steering)
                return { said: said.slice(0, said.length - silent.tokens.length), steering }
            }
            silent = undefined
          }
          said.push(...ids)
          if (step.end) {
            last = { ...increment, end: step.end }
            source.ended()
          } else if (text === '') silent = increment
          else {
            const steering = yield increment
            if (steering) return { said: said.slice(0, said.length - ids.length), steering }
          }
        }
    } finally {
      source.leave()
    }
    if (!last)
      throw new NanoError(
        'bad-output',
        `${who}: ${wire.host} ended a completion without saying why`,
        { retryable: true },
      )
    yield first && cached !== undefined && start?.cachedInput === undefined
      ? { ...last, start: { ...last.start, cachedInput: cached } }
      : last
    return undefined
  }

  /** With its text, where control tokens were asked for and the server left it out. */
  async function heard(
    silent: Increment,
    { controlText, signal }: CompletionOptions,
  ): Promise<Increment> {
    return controlText && !tokens.text
      ? { ...silent, text: await tokens.detokenize(silent.tokens, signal) }
      : silent
  }

  return {
    name: who,
    info,
    sampling: dialect.sampling,
    vocabularySize: tokens.vocabularySize,
    logprobs: dialect.logprobs,
    grammar: true,
    ...(tokens.beginning !== undefined && { beginning: tokens.beginning }),

    async *complete(tokens, options) {
      let prompt = tokens
      let { maxTokens, grammar } = options
      for (let first = true; ; first = false) {
        const { grammar: _, ...rest } = options
        const left = yield* once(
          prompt,
          { ...rest, maxTokens, ...(grammar !== undefined && { grammar }) },
          first,
        )
        if (!left) return
        prompt = [...prompt, ...left.said, ...left.steering.instead]
        maxTokens = left.steering.maxTokens
        grammar = left.steering.grammar
      }
    },

    tokenize: tokens.tokenize,
    detokenize: tokens.detokenize,
    async close() {},
  }
}

function merged(first: Increment, second: Increment): Increment {
  const logprobs = [...(first.logprobs ?? []), ...(second.logprobs ?? [])]
  return {
    ...first,
    ...second,
    text: first.text + second.text,
    tokens: [...first.tokens, ...second.tokens],
    ...(logprobs.length > 0 && { logprobs }),
    ...(first.start && { start: first.start }),
  }
}
