import { NanoError } from '@nano/core'

/** What to do about what a grammar cannot say. */
export const instead = 'leave it out of the schema and check it in the app'

/** What is wrong with a schema, and where. */
export function fault(
  code: 'unsupported' | 'invalid-request',
  at: string,
  what: string,
): NanoError {
  return new NanoError(code, `the schema at ${at} ${what}`)
}
