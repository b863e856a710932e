import { parseOptions } from '@nano/core/driver'
import * as z from 'zod/mini'

const count = z.int().check(z.minimum(1))
const milliseconds = z.number().check(z.minimum(0))

const searchSchema = z.strictObject({
  max: z._default(count, 256),
  firstAnswer: z._default(milliseconds, Infinity),
  betweenTokens: z._default(milliseconds, Infinity),
})

const optionsSchema = z.strictObject({
  concurrency: z._default(z.union([count, searchSchema]), searchSchema.parse({})),
  total: z.optional(z.int().check(z.minimum(0))),
  order: z._default(z.enum(['finished', 'input']), 'finished'),
  attempts: z._default(count, 5),
  delay: z._default(milliseconds, 500),
  maxDelay: z._default(milliseconds, 60_000),
  tokenLimit: z.optional(count),
  signal: z.optional(z.instanceof(AbortSignal)),
  onProgress: z.optional(
    z.custom<(progress: never) => void>((value) => typeof value === 'function'),
  ),
})

export type ParsedBatchOptions = z.output<typeof optionsSchema>

/** Checks the options of a batch. Throws `invalid-request` that names every fault by its path. */
export function parseBatchOptions(options: unknown): ParsedBatchOptions {
  return parseOptions('batch', optionsSchema, options)
}
