import type { SampledToken } from './sample-token.ts'

/** A request for the next token of one sequence. Plain data: it crosses threads. */
export interface StepRequest {
  readonly sequence: number
  /** The tokens to read first. */
  readonly tokens: readonly number[]
  /**
   * What the tokens are: the rest of the prompt, the token that was sampled last, or what replaces
   * that token in the reply and in the penalties.
   */
  readonly origin: 'prompt' | 'sampled' | 'replacement'
  /** The most tokens to sample; 1 where it is absent. */
  readonly maxTokens?: number
  /** With a replacement: how many of the last result's `followingTokens` are not used. */
  readonly discardedTokens?: number
}

/** The next token of one sequence, and the tokens that a loop chose after it. */
export interface StepResult extends SampledToken {
  readonly followingTokens?: readonly number[]
}
