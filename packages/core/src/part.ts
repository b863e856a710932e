/**
 * Why generation ended.
 *
 * | reason | meaning |
 * |---|---|
 * | `stop` | the model ended its turn, or wrote a stop string |
 * | `length` | `maxTokens` or the end of the context was reached |
 * | `tool-calls` | the model calls tools |
 * | `content-filter` | a content filter of the server ended the reply |
 * | `other` | the server ended the reply for another reason; see `rawFinishReason` |
 */
export const finishReasons = ['stop', 'length', 'tool-calls', 'content-filter', 'other'] as const

/** One of `finishReasons`. */
export type FinishReason = (typeof finishReasons)[number]

/** Token counts of one reply; an unknown count is absent, never 0. */
export interface Usage {
  /** Tokens of the whole prompt, those from the KV cache included. */
  readonly input?: number
  /** Tokens of `input` that were already in the KV cache. */
  readonly cachedInput?: number
  /** Tokens that were sampled, the end-of-turn token included. */
  readonly output?: number
  /** Tokens of `output` that belong to thoughts and their markers, shown or not. */
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
  /** Waiting in a queue, before any work began. */
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
  /** Its text; a part of a character where the token holds no more. */
  readonly text: string
  /** Its log-probability. */
  readonly logprob: number
  /** The most probable tokens at this place, best first: as many as `logprobs` asks for. */
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
  /** The name of the tool that is called. */
  readonly name: string
  /** The arguments, as JSON that the model wrote by the tool's `parameters`. */
  readonly input: unknown
}

/** The last part of every stream. */
export interface FinishPart {
  readonly type: 'finish'
  /** Why the reply ended. */
  readonly finishReason: FinishReason
  /** The server's own word for the reason, where that is another one. */
  readonly rawFinishReason?: string
  /** Set where the `reasoningBudget` ended the thought. */
  readonly cut?: 'budget'
  /** Set where `cache()` replays the reply: `usage` is that of the first time. */
  readonly cached?: true
  /** Messages that did not fit the context, and that the model was not given; never 0. */
  readonly omittedMessages?: number
  /** Tokens that the reply took. */
  readonly usage: Usage
  /** Milliseconds that the reply took. */
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
