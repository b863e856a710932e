import type { CompletionOptions } from '@nano/chat/engine'
import type { TokenLogprob } from '@nano/core'
import type { SequenceLease } from '../engine/shared-context.ts'
import type { GrammarState, Token, TokenBias } from '../runtime.ts'

/** The sampled tokens of a reply, one or several at each step. */
export type Decoding = AsyncGenerator<readonly SampledToken[], void, Redirect | undefined>

interface SampledToken {
  readonly token: Token
  /** Where log-probabilities were asked for; the texts are added later. */
  readonly logprob?: Omit<TokenLogprob, 'text'>
}

/** What the reply continues from in place of a token of the last step. */
export interface Redirect {
  /** How many tokens of the last step stay. */
  readonly keptCount: number
  readonly replacement: readonly Token[]
}

export interface DecodeOptions {
  readonly lease: SequenceLease
  readonly prompt: readonly Token[]
  /** The tokens of the prompt that are not in the KV cache yet, one or more. */
  readonly unreadTokens: readonly Token[]
  readonly completion: CompletionOptions
  /** The tokens of this reply so far; the list grows with it. */
  readonly replyTokens: readonly Token[]
  readonly vocabularySize: number
  /** What a grammar samples with. */
  readonly noControlTokens: TokenBias
  /** How many more tokens may be sampled. */
  readonly countRemaining: () => number
  /** The state of the grammar that the reply has to keep to now. */
  readonly getGrammarState: () => GrammarState | undefined
}
