import type { ModelInfo, PrefillProgress, Sampling } from '@nano/core'
import type { Prompt } from './prompt.ts'

/**
 * What a local runtime implements: tokens in, text increments out, no idea of messages or reasoning.
 * `chat` lifts it to a `Driver`.
 */
export interface Engine {
  readonly name: string
  readonly info: ModelInfo & { readonly contextLength: number }
  /** The sampling settings it honours. */
  readonly sampling: readonly (keyof Sampling)[]
  /** How many tokens there are; ids are below it. */
  readonly vocabularySize: number
  /** The control token its tokenizer puts before every prompt; added where the format did not write it. */
  readonly beginning?: string
  /**
   * Goes on with `prompt`. Work starts at the first `next()`; `return()` frees what it holds; abort throws `signal.reason`.
   * A prompt that shares its beginning with an earlier one may reuse that one's KV cache.
   */
  complete(prompt: readonly number[], options: CompletionOptions): AsyncIterable<Increment>
  /** Control segments become control tokens, text never does. Adds nothing. */
  tokenize(prompt: Prompt): Promise<readonly number[]>
  detokenize(tokens: readonly number[]): Promise<string>
  close(): Promise<void>
}

/** How to go on with a prompt. */
export interface CompletionOptions {
  /** Whatever is absent is neutral: temperature 1, nothing cut off, no penalty, a fresh seed. */
  readonly sampling: Sampling
  /** At most this many tokens are sampled; prompt and reply fit the context. */
  readonly maxTokens: number
  /** How many tokens at the end of `prompt` belong to this reply already: penalties see them. */
  readonly sampled: number
  /** Control tokens, but for the one that ends the turn, appear in the text: the format marks its thoughts with them. */
  readonly controlText?: boolean
  readonly signal: AbortSignal
  readonly onPrefill?: (progress: PrefillProgress) => void
}

/** Whole code points only. An increment may have tokens and no text yet. */
export interface Increment {
  readonly text: string
  /** What was sampled to produce it, the end-of-turn token included. */
  readonly tokens: readonly number[]
  /** On the last increment: the end-of-turn token, or `maxTokens`. */
  readonly end?: 'stop' | 'length'
  /** On the first increment, which comes when the prompt has been read. */
  readonly start?: Start
}

/** What reading the prompt took. */
export interface Start {
  /** Tokens of the prompt found in the KV cache. */
  readonly cachedInput: number
  /** Milliseconds until a slot was free. */
  readonly waiting: number
  /** Milliseconds spent reading the rest of the prompt. */
  readonly prompt: number
}
