import type { CompletionOptions, Engine, Increment, Steering } from '@nano/chat'
import { type ModelInfo, NanoError } from '@nano/core'
import { z } from 'zod'
import type { CompletionsDialect, CompletionStep } from './profile.ts'
import type { Tokens } from './tokens.ts'
import type { Wire } from './wire.ts'

export interface CompletionsOptions {
  readonly wire: Wire
  /** What requests call it. */
  readonly model: string
  readonly info: ModelInfo & { readonly contextLength: number }
  readonly dialect: CompletionsDialect
  readonly tokens: Tokens
}

/** What one completion said before it was steered elsewhere, and what is to be said instead of its last increment. */
interface Left {
  readonly said: readonly number[]
  readonly steering: Steering
}

/** A server's raw completions as an engine: the prompt goes out as token ids, and steering is another completion. */
export function completions({ wire, model, info, dialect, tokens }: CompletionsOptions): Engine {
  const { who } = wire

  async function* steps(prompt: readonly number[], options: CompletionOptions): AsyncGenerator<CompletionStep, void, void> {
    const { temperature = 1, topP = 1, topK = Infinity, minP = 0, seed = randomSeed() } = options.sampling
    const body = dialect.encode({ ...options, model, prompt, ends: tokens.ends, sampling: { ...options.sampling, temperature, topP, topK, minP, seed } })
    for await (const value of wire.stream(dialect.path, body, options.signal)) yield decoded(value)
  }

  function decoded(value: unknown): CompletionStep {
    try {
      return dialect.decode(value)
    } catch (cause) {
      throw new NanoError('bad-output', `${who}: ${wire.host} sent a completion that is not in the agreed form:\n${cause instanceof z.ZodError ? z.prettifyError(cause) : ''}`)
    }
  }

  /** The tokens of a step, the ones it only counted included: a character in several tokens comes with the id of the last. */
  async function whole({ text, tokens: named, count }: CompletionStep, before: number): Promise<readonly number[]> {
    const missing = (count ?? before + named.length) - before - named.length
    if (missing <= 0) return named
    const guess = text ? await tokens.tokenize([{ text }]) : []
    return guess.length === missing + named.length ? guess : [...Array.from({ length: missing }, () => guess[0] ?? 0), ...named]
  }

  /** One request. Returns where it was steered; nothing when the reply is over. */
  async function* once(prompt: readonly number[], options: CompletionOptions, first: boolean): AsyncGenerator<Increment, Left | undefined, Steering | undefined> {
    const asked = performance.now()
    let begun: number | undefined
    let cached: number | undefined
    let fresh = first
    const said: number[] = []
    /** A token without text ends the turn, or is a control token; what comes next tells. */
    let silent: Increment | undefined

    const source = steps(prompt, options)
    try {
      for await (const step of source) {
        if (step.prefill) {
          begun ??= performance.now()
          cached = step.prefill.cached
          if (first) options.onPrefill?.(step.prefill)
          continue
        }
        const ids = await whole(step, said.length)
        const start = fresh && begun !== undefined && cached !== undefined ? { start: { cachedInput: cached, waiting: begun - asked, prompt: performance.now() - begun } } : {}
        const logprobs = options.logprobs === undefined ? undefined : step.logprobs?.map((entry) => ({ ...entry, top: entry.top.slice(0, options.logprobs) }))
        let increment: Increment = { text: step.text, tokens: ids, ...(logprobs?.length && { logprobs }), ...start }
        fresh = false

        if (silent) {
          if (step.end === 'stop' && step.text === '') increment = merged(silent, increment)
          else {
            const steering = yield await heard(silent, options)
            if (steering) return { said: said.slice(0, said.length - silent.tokens.length), steering }
          }
          silent = undefined
        }
        said.push(...ids)
        if (step.end) {
          yield { ...increment, end: step.end }
          return undefined
        }
        if (step.text === '') {
          if (ids.length > 0) silent = increment
          continue
        }
        const steering = yield increment
        if (steering) return { said: said.slice(0, said.length - ids.length), steering }
      }
    } finally {
      await source.return()
    }
    throw new NanoError('bad-output', `${who}: ${wire.host} ended a completion without saying why`, { retryable: true })
  }

  /** With its text, where control tokens were asked for. */
  async function heard(silent: Increment, { controlText }: CompletionOptions): Promise<Increment> {
    return controlText ? { ...silent, text: await tokens.detokenize(silent.tokens) } : silent
  }

  return {
    name: who,
    info,
    sampling: dialect.sampling,
    vocabularySize: tokens.vocabularySize,
    logprobs: dialect.logprobs,
    grammar: dialect.grammar,
    ...(tokens.beginning !== undefined && { beginning: tokens.beginning }),

    async *complete(tokens, options) {
      let prompt = tokens
      let { maxTokens, grammar } = options
      for (let first = true; ; first = false) {
        const { grammar: _, ...rest } = options
        const left = yield* once(prompt, { ...rest, maxTokens, ...(grammar !== undefined && { grammar }) }, first)
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
  return { ...first, ...second, text: first.text + second.text, tokens: [...first.tokens, ...second.tokens], ...(logprobs.length > 0 && { logprobs }), ...(first.start && { start: first.start }) }
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0
}
