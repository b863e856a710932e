import type { FinishReason, ModelInfo, Sampling, TokenLogprob } from '@nano/core'
import type { PrefillProgress } from '@nano/core/driver'
import type { Prompt } from '../prompt/prompt.ts'

/**
 * What a local runtime implements: tokens in, text increments out, without messages or reasoning.
 * `chat()` makes a `Driver` of it.
 */
export interface Engine {
  readonly name: string
  readonly info: ModelInfo & { readonly contextLength: number }
  /** The sampling settings that it honors. */
  readonly sampling: readonly (keyof Sampling)[]
  /** How many tokens there are; every id is less. */
  readonly vocabularySize: number
  /** It reports the log-probability of each sampled token. */
  readonly logprobs?: boolean
  /** It samples only what a grammar allows. */
  readonly grammar?: boolean
  /** A grammar can demand the control tokens that a request shows in the text. */
  readonly grammarShowsControlTokens?: boolean
  /** Names of the LoRA adapters that it was opened with. */
  readonly loras?: readonly string[]
  /**
   * The text of the control token that its tokenizer puts before every prompt. `chat()` adds it
   * where the format has not written it.
   */
  readonly bosToken?: string
  /**
   * Continues `prompt`. Work starts at the first `next()`. `return()` frees what the completion
   * holds; abort throws `signal.reason`. A prompt that starts like an earlier one may reuse its KV
   * cache. The reader may answer an increment with `next(steering)`; the completion keeps what it
   * holds, above all its KV cache.
   */
  complete(
    prompt: readonly number[],
    options: CompletionOptions,
  ): AsyncGenerator<Increment, void, Steering | undefined>
  /**
   * Control segments become control tokens, text never does, and nothing is added. `signal` ends
   * the call where it has to wait.
   */
  tokenize(prompt: Prompt, signal?: AbortSignal): Promise<readonly number[]>
  detokenize(tokens: readonly number[]): Promise<string>
  close(): Promise<void>
}

/** How to continue a prompt. */
export interface CompletionOptions {
  /** A setting left out is neutral; without a seed, a new one is drawn. */
  readonly sampling: Sampling
  /** The most tokens to sample. Prompt and reply together fit the context. */
  readonly maxTokens: number
  /**
   * Control tokens that are shown in the text, because the format marks thoughts and calls with
   * them; never the one that ends the turn.
   */
  readonly shownControlTokens?: readonly string[]
  /** GBNF with a rule `root`. The text follows it, and ends only where `root` is complete. */
  readonly grammar?: string
  /** How many alternatives to report beside each sampled token. */
  readonly logprobs?: number
  /** The name of the LoRA adapter to sample with. */
  readonly lora?: string
  /**
   * The reader may answer an increment with steering. Otherwise an engine may compute one increment
   * ahead of the reader.
   */
  readonly isSteered?: boolean
  readonly signal: AbortSignal
  readonly onPrefill?: (progress: PrefillProgress) => void
}

/** A different continuation, given in answer to an increment. */
export interface Steering {
  /** Tokens that take the place of the increment's. Penalties see them. */
  readonly replacement: readonly number[]
  /** The most tokens to sample from here on. */
  readonly maxTokens: number
  /** Replaces the grammar from here on; absent, there is none. */
  readonly grammar?: string
}

/** A step of a completion, in whole code points. It may have tokens and no text yet. */
export interface Increment {
  readonly text: string
  /** The tokens sampled for it, the end-of-turn token included. */
  readonly tokens: readonly number[]
  /** One for each of `tokens`, where asked for. */
  readonly logprobs?: readonly TokenLogprob[]
  /**
   * On the last increment: `stop` is the end-of-turn token, `length` is `maxTokens`. Only a server
   * has the other reasons.
   */
  readonly finishReason?: Exclude<FinishReason, 'tool-calls'>
  /** The server's own word for the reason, where that is another one. */
  readonly rawFinishReason?: string
  /**
   * On the first increment, which comes once the prompt has been read; on a later one where it is
   * known only then.
   */
  readonly prefill?: PrefillStats
}

/** What reading the prompt took; unknown is absent. */
export interface PrefillStats {
  /** Tokens of the prompt that were in the KV cache. */
  readonly cachedInput?: number
  /** Milliseconds until a slot was free. */
  readonly waiting?: number
  /** Milliseconds spent reading the rest of the prompt. */
  readonly prompt?: number
}
