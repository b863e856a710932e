import { NanoError } from '@nano/core'

/** What to do about a keyword that no grammar can express. */
export const leaveOutAdvice = 'leave it out of the schema and check it in the app'

/** An error in a schema: where it is, and what is wrong with it. */
export function schemaError(
  code: 'unsupported' | 'invalid-request',
  path: string,
  problem: string,
): NanoError {
  return new NanoError(code, `the schema at ${path} ${problem}`)
}

/** The error for a keyword that no grammar can express. */
export function unsupportedKeyword(path: string, keyword: string): NanoError {
  return schemaError(
    'unsupported',
    path,
    `has ${keyword}, which cannot be enforced while sampling; ${leaveOutAdvice}`,
  )
}
