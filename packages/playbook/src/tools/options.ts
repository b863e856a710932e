import { parseOptions } from '@nano/core/driver'
import * as z from 'zod/mini'
import type { Approve } from './run-call.ts'

/** Options of `streamWithTools()` and `generateWithTools()`. */
export interface ToolLoopOptions {
  /** Replies of the model, 1 or more; 10 by default. */
  readonly maxRounds?: number
  /** Calls in all, 1 or more; 50 by default. */
  readonly maxCalls?: number
  /** Calls of one reply that run at once, 1 or more; 8 by default. */
  readonly parallelCalls?: number
  /** Milliseconds that one call may take; 60,000 by default. */
  readonly callTimeout?: number
  /** Milliseconds after which the loop ends, with what it has by then. */
  readonly timeLimit?: number
  /** Tokens, of prompts and replies together, after which no further reply is asked for. */
  readonly tokenLimit?: number
  /**
   * Asked before each call: `true` lets it run. `false`, or a reason as a text, is told to the
   * model in place of a result. An error that it throws ends the loop.
   */
  readonly approve?: Approve
  /** Ends the loop, and the calls that are running: it throws `signal.reason`. */
  readonly signal?: AbortSignal
}

const count = z.int().check(z.minimum(1))
const milliseconds = z.number().check(z.positive())

const optionsSchema = z.strictObject({
  maxRounds: z._default(count, 10),
  maxCalls: z._default(count, 50),
  parallelCalls: z._default(count, 8),
  callTimeout: z._default(milliseconds, 60_000),
  timeLimit: z.optional(milliseconds),
  tokenLimit: z.optional(count),
  approve: z.optional(z.custom<Approve>((value) => typeof value === 'function')),
  signal: z.optional(z.instanceof(AbortSignal)),
})

export type ParsedLoopOptions = z.output<typeof optionsSchema>

/** Checks the options of a loop. Throws `invalid-request` that names every fault by its path. */
export function parseLoopOptions(options: unknown): ParsedLoopOptions {
  return parseOptions('tools', optionsSchema, options)
}
