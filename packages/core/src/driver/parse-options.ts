import type { core } from 'zod/mini'
import { parseInput } from '../request.ts'

/**
 * The options of an adapter as its schema, of `zod` or `zod/mini`, reads them. Throws
 * `invalid-request` that names every fault by its path; no message shows a value.
 */
export function parseOptions<T>(label: string, schema: core.$ZodType<T>, options: unknown): T {
  return parseInput(`${label}: the options are not valid`, schema, options)
}
