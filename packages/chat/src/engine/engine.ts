import type { ModelInfo, Sampling, TokenLogprob } from '@nano/core'
import type { PrefillProgress } from '@nano/core/driver'
import type { Prompt } from '../prompt/prompt.ts'

/**
 * What a local runtime implements: tokens in, text increments out, no idea of messages or
 * reasoning. `chat` lifts it to a `Driver`.
 */
export interface Engine {
  readonly name: string
  readonly info: ModelInfo & { readonly contextLength: number }
  /** The sampling settings it honours. */
  readonly sampling: readonly (keyof Sampling)[]
  /** How many tokens there are; ids are below it. */
  readonly vocabularySize: number
  /** It gives the log-probability of what it sampled. */
  readonly logprobs?: boolean
  /** It samples only what a grammar allows. */
  readonly grammar?: boolean
  /** Names of the LoRA adapters it was opened with. */
  readonly loras?: readonly string[]
  /**
   * The control token its tokenizer puts before every prompt; added where the format did not write
   * it.
   */
  readonly bosToken?: string
  /**
   * Goes on with `prompt`. Work starts at the first `next()`; `return()` frees what it holds; abort
   * throws `signal.reason`. A prompt that shares its beginning with an earlier one may reuse that
   * one's KV cache. Whoever reads may answer an increment with `next(steering)`; what it holds, the
   * KV cache first of all, stays its own.
   */
  complete(
    prompt: readonly number[],
    options: CompletionOptions,
  ): AsyncGenerator<Increment, void, Steering | undefined>
  /**
   * Control segments become control tokens, text never does. Adds nothing. `signal` ends it where
   * it has to wait for somebody.
   */
  tokenize(prompt: Prompt, signal?: AbortSignal): Promise<readonly number[]>
  detokenize(tokens: readonly number[]): Promise<string>
  close(): Promise<void>
}

/** How to go on with a prompt. */
export interface CompletionOptions {
  /** Whatever is absent is neutral: temperature 1, nothing cut off, no penalty, a fresh seed. */
  readonly sampling: Sampling
  /** At most this many tokens are sampled; prompt and reply fit the context. */
  readonly maxTokens: number
  /**
   * Control tokens, but for the one that ends the turn, appear in the text: the format marks its
   * thoughts with them.
   */
  readonly showControlTokens?: boolean
  /**
   * GBNF with a rule `root`, which the text of the reply keeps to; it ends only where that is
   * complete.
   */
  readonly grammar?: string
  /** How many alternatives to report beside each sampled token. */
  readonly logprobs?: number
  /** The LoRA adapter to sample with, by its name. */
  readonly lora?: string
  readonly signal: AbortSignal
  readonly onPrefill?: (progress: PrefillProgress) => void
}

/** Another way on, given in answer to an increment. */
export interface Steering {
  /** Goes on after these tokens in place of that increment's; penalties see them. */
  readonly replacement: readonly number[]
  /** At most this many tokens are sampled from here on. */
  readonly maxTokens: number
  /** What is sampled from here on keeps to it, and to nothing asked for before. */
  readonly grammar?: string
}

/** Whole code points only. An increment may have tokens and no text yet. */
export interface Increment {
  readonly text: string
  /** What was sampled to produce it, the end-of-turn token included. */
  readonly tokens: readonly number[]
  /** Of each of `tokens`, where asked for. */
  readonly logprobs?: readonly TokenLogprob[]
  /** On the last increment: the end-of-turn token, or `maxTokens`. */
  readonly finishReason?: 'stop' | 'length'
  /**
   * On the first increment, which comes when the prompt has been read; where it becomes known only
   * later, on that one.
   */
  readonly prefill?: PrefillStats
}

/** What reading the prompt took; unknown is absent. */
export interface PrefillStats {
  /** Tokens of the prompt found in the KV cache. */
  readonly cachedInput?: number
  /** Milliseconds until a slot was free. */
  readonly waiting?: number
  /** Milliseconds spent reading the rest of the prompt. */
  readonly prompt?: number
}
