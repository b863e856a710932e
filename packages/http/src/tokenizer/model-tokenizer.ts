import type { Prompt } from '@nano/chat'
import type { DetokenizeOptions } from '@nano/chat/tokenizer'
import type { TokenDecoder } from '@nano/core/driver'

/** The exact tokens of one model, from a `tokenizer.json` or from the server. */
export interface ModelTokenizer {
  /** Number of tokens; every id is below it. */
  readonly vocabularySize: number
  /** The control token that the tokenizer puts before each prompt. */
  readonly prependedToken?: string
  /** Ids of the tokens that end a turn; empty where only the server knows them. */
  readonly turnEnds: readonly number[]
  /** Control segments become control tokens, text never does. */
  tokenize(prompt: Prompt, signal?: AbortSignal): Promise<readonly number[]>
  detokenize(tokens: readonly number[], signal?: AbortSignal): Promise<string>
  /** The control tokens of the vocabulary, at least those that `text` contains. */
  findControlTokens(text: string, signal: AbortSignal): Promise<readonly string[]>
  /** Decodes tokens one by one; absent where only the server has the vocabulary. */
  decoder?(options: DetokenizeOptions): TokenDecoder
}
