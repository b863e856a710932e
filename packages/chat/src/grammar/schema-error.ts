import { NanoError } from '@nano/core'

/** An error in a schema: where it is, and what is wrong with it. */
export function schemaError(
  code: 'unsupported' | 'invalid-request',
  path: string,
  problem: string,
): NanoError {
  return new NanoError(code, `the schema at ${path} ${problem}`)
}
