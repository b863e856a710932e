import type { CallPiece } from './call-description.ts'
import type { ParsedCall } from './call-syntax.ts'
import { parseInput, readValue } from './read-value.ts'

/** A call that was read, and where it ends. */
export interface ReadCall {
  readonly call: ParsedCall
  readonly end: number
}

/** `incomplete`: more text may complete the call; `none`: it is no call. */
export type CallResult = ReadCall | 'incomplete' | 'none'

/** No name or id is longer; what is longer is no call, and is not held back. */
export const maxNameLength = 200

/** Reads the name, the arguments, and marks between them. */
export function readPieces(text: string, start: number, pieces: readonly CallPiece[]): CallResult {
  let at = start
  const values: { name?: string; id?: string; input?: object } = {}
  for (const [index, piece] of pieces.entries()) {
    if (typeof piece === 'string') {
      const end = skipMark(text, at, piece)
      if (typeof end === 'string') return end
      at = end
    } else if (piece.slot === 'arguments') {
      const result = readInput(text, at)
      if (typeof result === 'string') return result
      values.input = result.input
      at = result.end
    } else {
      const next = pieces[index + 1]
      const mark = typeof next === 'string' ? next.trim() : ''
      const end = mark ? text.indexOf(mark, at) : findSpace(text, at)
      if (end < 0 || end - at > maxNameLength)
        return text.length - at > maxNameLength ? 'none' : 'incomplete'
      if (piece.slot !== 'index') values[piece.slot] = text.slice(at, end).trim()
      at = end
    }
  }
  const { name = '', id, input } = values
  if (!name || /\s/.test(name) || !input) return 'none'
  return { call: { name, input, ...(id !== undefined && { id }) }, end: at }
}

/** Where a word ends, white space before it aside. */
function findSpace(text: string, start: number): number {
  const wordAt = skipSpace(text, start)
  const length = text.slice(wordAt, wordAt + maxNameLength + 1).search(/\s/)
  return length < 0 ? -1 : wordAt + length
}

/** Reads arguments that are JSON, in a fence or in a text where the model writes one. */
function readInput(
  text: string,
  start: number,
): { readonly input: object; readonly end: number } | 'incomplete' | 'none' {
  const at = skipSpace(text, start)
  const fence = '```'
  if (at === text.length || fence.startsWith(text.slice(at))) return 'incomplete'
  const isFenced = text.startsWith(fence, at)
  const valueAt = isFenced ? text.indexOf('\n', at) : at
  if (valueAt < 0) return 'incomplete'
  const result = readValue(text, valueAt)
  if (typeof result === 'string') return result
  const input = result.value === null ? {} : parseInput(result.value)
  if (!input) return 'none'
  const end = isFenced ? skipMark(text, result.end, fence) : result.end
  return typeof end === 'string' ? end : { input, end }
}

/** Where the white space from `start` on ends. */
export function skipSpace(text: string, start: number): number {
  let at = start
  while (/\s/.test(text.charAt(at))) at++
  return at
}

/** Where `mark` ends, white space around it included. */
export function skipMark(
  text: string,
  start: number,
  mark: string,
): number | 'incomplete' | 'none' {
  const bareMark = mark.trim()
  const at = skipSpace(text, start)
  if (text.startsWith(bareMark, at)) {
    const end = at + bareMark.length
    return /\s$/.test(mark) ? skipSpace(text, end) : end
  }
  return bareMark.startsWith(text.slice(at)) ? 'incomplete' : 'none'
}
