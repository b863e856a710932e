import type { CompletionOptions } from '@nano/chat/engine'
import type { Sampling } from '@nano/core'

/** What a completion is asked for. */
export interface CompletionRequest extends Pick<
  CompletionOptions,
  'maxTokens' | 'grammar' | 'logprobs'
> {
  /** The name that requests use. */
  readonly model: string
  readonly prompt: readonly number[]
  readonly sampling: Sampling
  /** Ids of the tokens that end a turn, where they are known here. */
  readonly turnEnds: readonly number[]
}

/** How a server completes a prompt of token ids. */
export interface CompletionsDialect {
  readonly path: string
  /** The settings that the server applies in the contract's meaning. */
  readonly sampling: readonly (keyof Sampling)[]
  /**
   * `tested`: whether the server holds a reply to a grammar depends on how it was started, so a
   * completion of a few tokens tests it.
   */
  readonly grammar: 'always' | 'tested'
  readonly logprobs: boolean
  /** Used only where the server says that its completions return token ids. */
  readonly needsTokenIdsClaim?: boolean
  encode(request: CompletionRequest): object
  /** Throws a `ZodError` for a value of another form. */
  decode(value: unknown): CompletionStep
}

/** A token and its log-probability as a server names them. */
export interface ScoredToken {
  readonly token: number
  /** Absent where the server does not say it. */
  readonly text?: string
  readonly logprob: number
}

/** A sampled token with its alternatives, sorted by probability, the best first. */
export interface ScoredStep extends ScoredToken {
  readonly top: readonly ScoredToken[]
}

/** What one value of a streamed completion says. */
export interface CompletionStep {
  /** Whole characters; absent where the text is decoded from the tokens. */
  readonly text?: string
  readonly tokens: readonly number[]
  /** Tokens sampled so far, where the server counts them; `tokens` may lack some of them. */
  readonly outputCount?: number
  /** One for each of `tokens`. */
  readonly logprobs?: readonly ScoredStep[]
  /** The server's own word, on the last step. */
  readonly rawFinishReason?: string
  /** Tokens of the prompt that are processed, those from the cache included. */
  readonly prefill?: { readonly processed: number; readonly total: number; readonly cached: number }
  /** Tokens of the prompt that were in the cache, where the server says it outside `prefill`. */
  readonly cachedInput?: number
}
