/**
 * Why generation ended.
 *
 * | reason | meaning |
 * |---|---|
 * | `stop` | the model ended its turn, or a stop string came |
 * | `length` | `maxTokens` or the end of the context was reached |
 * | `tool-calls` | the model calls tools |
 * | `content-filter` | a provider's filter ended the reply |
 * | `other` | a provider ended it for a reason of its own; see `rawFinishReason` |
 */
export const finishReasons = ['stop', 'length', 'tool-calls', 'content-filter', 'other'] as const

/** One of `finishReasons`. */
export type FinishReason = (typeof finishReasons)[number]

/** Token counts of one reply; an unknown count is absent, never 0. */
export interface Usage {
  /** The whole prompt, what came from the cache included. */
  readonly input?: number
  /** How much of `input` was already in the KV cache. */
  readonly cachedInput?: number
  /** Every sampled token, the end-of-turn token included. */
  readonly output?: number
  /** How much of `output` was reasoning and its markers, shown or not. */
  readonly reasoning?: number
}

/** Milliseconds; an unknown time is absent, never 0. */
export interface Timings {
  /** From the call to the first part of any kind. */
  readonly firstPart?: number
  /** From the call to the first part of the answer: what a user of a reasoning model waits for. */
  readonly firstText?: number
  /** From the call to the finish. */
  readonly total?: number
  /** In a queue, before any work began. */
  readonly waiting?: number
  /** Reading the prompt (prefill), after waiting. */
  readonly prompt?: number
}

/**
 * Log-softmax of the raw logits, before penalties and temperature: natural logarithm, in (-∞, 0].
 */
export interface TokenLogprob {
  /** The sampled token's id. */
  readonly token: number
  /** Its text; half a character where it holds no more. */
  readonly text: string
  /** Its log-probability. */
  readonly logprob: number
  /** The most probable alternatives, best first; as many as `logprobs` asked for. */
  readonly top: readonly {
    readonly token: number
    readonly text: string
    readonly logprob: number
  }[]
}

/** A whole call, parsed. `id` links it to the `tool` message that answers. */
export interface ToolCall {
  /** Unique in the conversation. */
  readonly id: string
  /** Of the tool that is called. */
  readonly name: string
  /** JSON; what the tool's `parameters` describe, if the model kept to them. */
  readonly input: unknown
}

/** The last part of every stream. */
export interface FinishPart {
  readonly type: 'finish'
  readonly finishReason: FinishReason
  /** The provider's own word for the reason, where that is another one. */
  readonly rawFinishReason?: string
  /** The `reasoningBudget` ended the thought. */
  readonly cut?: 'budget'
  /** `cache()` replays the reply: `usage` is what it took the first time. */
  readonly cached?: true
  readonly usage: Usage
  readonly timings: Timings
}

/**
 * One step of a reply. A stream is `(reasoning | text | tool-call)* finish`:
 * exactly one `finish`, always last. Texts are increments, never empty, to be joined.
 * Failures reject the iterator; there is no error part.
 */
export type Part =
  | {
      readonly type: 'reasoning'
      readonly text: string
      readonly logprobs?: readonly TokenLogprob[]
    }
  | { readonly type: 'text'; readonly text: string; readonly logprobs?: readonly TokenLogprob[] }
  | ({ readonly type: 'tool-call' } & ToolCall)
  | FinishPart
