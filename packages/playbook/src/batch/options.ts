import { parseOptions } from '@nano/core/driver'
import * as z from 'zod/mini'
import type { BatchProgress } from './batch-summary.ts'

/** Options of `batch()`. */
export interface BatchOptions {
  /**
   * Requests at once, 1 or more. Without a number, those that give the most tokens per second are
   * found while the batch goes on, with at most a tenth of it where `total` is known: at most `max`
   * of them, 256 by default, and so many that 95 of 100 replies have their first answer within
   * `firstAnswer` milliseconds, and a token within `betweenTokens` after the one before.
   */
  readonly concurrency?:
    | number
    | {
        readonly max?: number
        readonly firstAnswer?: number
        readonly betweenTokens?: number
      }
  /** How many requests there are, where that is known. */
  readonly total?: number
  /**
   * `finished`, the default: each result as soon as it is there. `input`: in the order of the
   * requests; one that takes long then holds up those that are far behind it. `batchFile()` keeps
   * those that wait in its journal, and holds up none.
   */
  readonly order?: 'finished' | 'input'
  /**
   * Calls for one request whose errors say that it may succeed later, 1 or more; 5 by default.
   * Calls that a server answers with `rate-limited` do not count.
   */
  readonly attempts?: number
  /** Milliseconds before the second call; doubles after each. An error may ask for another time. */
  readonly delay?: number
  /** Milliseconds, 60,000 by default: a server that asks for a longer wait ends the batch. */
  readonly maxDelay?: number
  /**
   * Tokens, of prompts and replies together, after which no request starts any more. Those that are
   * with the model then go on to their end. `batchFile()` counts those of earlier runs too.
   */
  readonly tokenLimit?: number
  /** Ends the batch: it throws `signal.reason`, once no request is with the model any more. */
  readonly signal?: AbortSignal
  /** Called after each result. An error that it throws ends the batch. */
  readonly onProgress?: (progress: BatchProgress) => void
}

/** The longest time of a timer, in milliseconds; a longer one would end at once. */
const longestTimer = 2 ** 31 - 1

const count = z.int().check(z.minimum(1))
const milliseconds = z.number().check(z.minimum(0))
const timerMilliseconds = z.number().check(z.minimum(0), z.maximum(longestTimer))
const path = z.string().check(z.minLength(1))

const searchSchema = z.strictObject({
  max: z._default(count, 256),
  firstAnswer: z._default(milliseconds, Infinity),
  betweenTokens: z._default(milliseconds, Infinity),
})

const sharedFields = {
  concurrency: z._default(z.union([count, searchSchema]), searchSchema.parse({})),
  order: z._default(z.enum(['finished', 'input']), 'finished'),
  attempts: z._default(count, 5),
  delay: z._default(timerMilliseconds, 500),
  maxDelay: z._default(timerMilliseconds, 60_000),
  tokenLimit: z.optional(count),
  signal: z.optional(z.instanceof(AbortSignal)),
  onProgress: z.optional(
    z.custom<(progress: never) => void>((value) => typeof value === 'function'),
  ),
}

const optionsSchema = z.strictObject({
  ...sharedFields,
  total: z.optional(z.int().check(z.minimum(0))),
})

const fileOptionsSchema = z.strictObject({
  ...sharedFields,
  input: path,
  output: path,
  journal: z.optional(path),
})

export type ParsedBatchOptions = z.output<typeof optionsSchema>

/** Checks the options of a batch. Throws `invalid-request` that names every fault by its path. */
export function parseBatchOptions(options: unknown): ParsedBatchOptions {
  return parseOptions('batch', optionsSchema, options)
}

/** Checks the options of a batch of a file, and throws as `parseBatchOptions` does. */
export function checkBatchFileOptions(options: unknown): void {
  parseOptions('batchFile', fileOptionsSchema, options)
}
