import * as z from 'zod'
import { NanoError } from '../error.ts'

/**
 * The options of an adapter as its schema reads them. Throws `invalid-request` that names every
 * fault by its path; no message shows a value.
 */
export function parseOptions<T>(who: string, schema: z.ZodType<T>, options: unknown): T {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  throw new NanoError(
    'invalid-request',
    `${who}: the options are not valid:\n${z.prettifyError(parsed.error)}`,
    { cause: parsed.error },
  )
}
