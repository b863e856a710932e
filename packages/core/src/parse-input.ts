import { en } from 'zod/locales'
import * as z from 'zod/mini'
import { NanoError } from './error.ts'

/** The part of zod that a bundle needs has no messages of its own. */
const { localeError } = en()

/**
 * What a caller wrote, as its schema reads it. Throws `invalid-request` with `complaint` and every
 * fault by its path; no message shows a value.
 */
export function parseInput<T>(complaint: string, schema: z.core.$ZodType<T>, input: unknown): T {
  const parsed = parseShallow(complaint, () => z.safeParse(schema, input, { error: localeError }))
  if (parsed.success) return parsed.data
  const faults = z.prettifyError(parsed.error)
  throw new NanoError('invalid-request', `${complaint}:\n${faults}`, { cause: parsed.error })
}

/** Throws `invalid-request` in place of the error of a stack that a deep input overflows. */
function parseShallow<T>(complaint: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new NanoError('invalid-request', `${complaint}:\nit is nested too deep`, { cause })
  }
}
