import { parseOptions } from '@nano/core/driver'
import * as z from 'zod/mini'

const count = z.int().check(z.minimum(1))
const milliseconds = z.number().check(z.minimum(0))

const optionsSchema = z.strictObject({
  concurrency: z._default(count, 4),
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
