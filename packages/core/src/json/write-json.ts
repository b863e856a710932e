import { NanoError } from '../error.ts'
import { runSteps, type Steps } from '../schema/steps.ts'
import { foldJson } from './fold-json.ts'

/** The most characters of JSON that is written out: in a prompt, or in the body of a request. */
export const maxWrittenLength = 20_000_000

/**
 * Writes a request, or a part of it, as JSON. Throws `invalid-request` where it is too long, as
 * what refers to the same objects again and again is: its length doubles with each level.
 */
export function writeJson(value: unknown): string {
  const length = measureFewParts(value) ?? runSteps(foldLength(value))
  const json = length <= maxWrittenLength ? JSON.stringify(value) : undefined
  if (json !== undefined && json.length <= maxWrittenLength) return json
  throw new NanoError('invalid-request', `the request is invalid: as JSON, ${tooLong}`)
}

/** Lists and objects that are measured one by one, though the same may be among them again. */
const maxFewParts = 100_000

/**
 * The characters of JSON, or less: numbers are not written for it, because a prompt may have
 * 100,000 tokens. Undefined where it has more lists and objects than `maxFewParts`.
 */
function measureFewParts(root: unknown): number | undefined {
  let length = 0
  const parts = [root]
  let partCount = 0
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (++partCount > maxFewParts) return undefined
    for (const member of typeof part === 'object' ? Object.values(Object(part)) : [part]) {
      length += typeof member === 'string' ? member.length : 1
      if (typeof member === 'object' && member !== null) parts.push(member)
    }
    if (length > maxWrittenLength) return length
  }
  return length
}

function foldLength(value: unknown): Steps<number> {
  return foldJson<number>(value, (part, members, names) =>
    members ? containerLength(members, names) : scalarLength(part),
  )
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
