import { NanoError } from '../error.ts'
import { runSteps } from '../schema/steps.ts'
import { foldJson } from './fold-json.ts'

/** The most characters of JSON that is written out: in a prompt, or in the body of a request. */
export const maxWrittenLength = 20_000_000

/**
 * Writes a request, or a part of it, as JSON. Throws `invalid-request` where it is too long, as
 * what refers to the same objects again and again is: its length doubles with each level.
 */
export function writeJson(value: unknown): string {
  const length = runSteps(
    foldJson<number>(value, (part, members, names) =>
      members ? containerLength(members, names) : scalarLength(part),
    ),
  )
  if (length <= maxWrittenLength) return JSON.stringify(value)
  throw new NanoError('invalid-request', `the request is invalid: as JSON, ${tooLong}`)
}

/** What is wrong with a value that is too long, and what to do. */
export const tooLong =
  'it has more than 20,000,000 characters. ' +
  'Put a part that stands in many places into $defs, and refer to it with $ref'

/** The characters of a text, a number, a boolean or null in JSON, about. */
export function scalarLength(value: unknown): number {
  return String(value).length + 2
}

/** The characters of a list, or of an object with these names, by those of its members. */
export function containerLength(
  memberLengths: readonly number[],
  names: readonly string[] = [],
): number {
  let length = 2 + memberLengths.length
  for (const memberLength of memberLengths) length += memberLength
  for (const name of names) length += name.length + 3
  return length
}
