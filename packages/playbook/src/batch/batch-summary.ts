import type { ConcurrencyLevel } from './concurrency-search.ts'

/** How a batch ended. */
export interface BatchSummary {
  /** Results, those with an error included. */
  readonly finished: number
  /** Results with an error. */
  readonly failed: number
  /** Tokens of prompts and replies that were paid for; replies that failed are not counted. */
  readonly tokens: number
  /**
   * Whether each request has a result. After the `tokenLimit` it is false unless the requests were
   * known to be over: `batch()` asks for no further request to find out.
   */
  readonly isComplete: boolean
  /** What was measured of the requests at once; empty where `concurrency` is a number. */
  readonly levels: readonly ConcurrencyLevel[]
}

/** How far a batch is. */
export interface BatchProgress extends Omit<BatchSummary, 'isComplete' | 'levels'> {
  /** Requests that are with the model now. */
  readonly running: number
  /** The most of them now. */
  readonly concurrency: number
  /** Milliseconds that all requests still wait because a server has asked for it. */
  readonly coolDown: number
}
