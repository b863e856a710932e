import { isLineBreak, isSpace } from '../text/white-space.ts'
import { countCodePoints } from '../text/code-points.ts'
import { joinTexts, sliceText } from '../text/text.ts'
import type { Run, TextValue } from '../values/value.ts'

/** `split` at a separator, or at white space; at most so many times. */
export function splitText(
  text: TextValue,
  separator: TextValue | undefined,
  limit: number,
): TextValue[] {
  const count = limit < 0 ? Number.POSITIVE_INFINITY : limit
  return separator ? splitAt(text, separator.string, count) : splitAtSpace(text, count)
}

export function splitTextFromEnd(
  text: TextValue,
  separator: TextValue | undefined,
  limit: number,
): TextValue[] {
  const count = limit < 0 ? Number.POSITIVE_INFINITY : limit
  return separator
    ? splitAtFromEnd(text, separator.string, count)
    : splitAtSpaceFromEnd(text, count)
}

function splitAt(text: TextValue, separator: string, limit: number): TextValue[] {
  const parts: TextValue[] = []
  let offset = 0
  while (parts.length < limit) {
    const end = text.string.indexOf(separator, offset)
    if (end < 0) break
    parts.push(sliceText(text, offset, end))
    offset = end + separator.length
  }
  return [...parts, sliceText(text, offset)]
}

function splitAtFromEnd(text: TextValue, separator: string, limit: number): TextValue[] {
  const parts: TextValue[] = []
  let end = text.string.length
  while (parts.length < limit && end >= separator.length) {
    const start = text.string.lastIndexOf(separator, end - separator.length)
    if (start < 0) break
    parts.push(sliceText(text, start + separator.length, end))
    end = start
  }
  return [...parts, sliceText(text, 0, end)].toReversed()
}

function splitAtSpace(text: TextValue, limit: number): TextValue[] {
  const { string } = text
  const parts: TextValue[] = []
  let offset = skipSpace(string, 0)
  while (offset < string.length) {
    if (parts.length >= limit) {
      parts.push(sliceText(text, offset))
      break
    }
    let end = offset
    while (end < string.length && !isSpace(string[end])) end += 1
    parts.push(sliceText(text, offset, end))
    offset = skipSpace(string, end)
  }
  return parts
}

function splitAtSpaceFromEnd(text: TextValue, limit: number): TextValue[] {
  const { string } = text
  const parts: TextValue[] = []
  let end = skipSpaceBack(string, string.length)
  while (end > 0) {
    if (parts.length >= limit) {
      parts.push(sliceText(text, 0, end))
      break
    }
    let start = end
    while (start > 0 && !isSpace(string[start - 1])) start -= 1
    parts.push(sliceText(text, start, end))
    end = skipSpaceBack(string, start)
  }
  return parts.toReversed()
}

function skipSpace(string: string, start: number): number {
  let offset = start
  while (isSpace(string[offset])) offset += 1
  return offset
}

function skipSpaceBack(string: string, end: number): number {
  let offset = end
  while (offset > 0 && isSpace(string[offset - 1])) offset -= 1
  return offset
}

export function splitLines(text: TextValue, keepsEnds: boolean): TextValue[] {
  const { string } = text
  const lines: TextValue[] = []
  let start = 0
  for (let offset = 0; offset < string.length;) {
    if (!isLineBreak(string[offset])) {
      offset += 1
      continue
    }
    const end = offset
    offset += string[offset] === '\r' && string[offset + 1] === '\n' ? 2 : 1
    lines.push(sliceText(text, start, keepsEnds ? offset : end))
    start = offset
  }
  if (start < string.length) lines.push(sliceText(text, start))
  return lines
}

/** Drops white space, or certain characters, from the ends; each that is dropped is paid for. */
export function trimText(
  text: TextValue,
  {
    characters,
    start = true,
    end = true,
  }: { readonly characters?: string | undefined; readonly start?: boolean; readonly end?: boolean },
  run: Run,
): TextValue {
  const { string } = text
  const dropped = characters === undefined ? undefined : new Set(characters)
  let [first, last] = [0, string.length]
  const isDropped = (character: string) =>
    character !== '' && (dropped ? dropped.has(character) : isSpace(character))

  while (start && first < last && isDropped(characterFrom(string, first)))
    first += characterFrom(string, first).length
  while (end && last > first && isDropped(characterBefore(string, last)))
    last -= characterBefore(string, last).length
  run.meter.chargeCharacters(first + string.length - last)
  return sliceText(text, first, last)
}

/** The code point that starts at an offset. */
function characterFrom(string: string, offset: number): string {
  const point = string.codePointAt(offset)
  return point === undefined ? '' : String.fromCodePoint(point)
}

/** The code point that ends at an offset. */
function characterBefore(string: string, end: number): string {
  const pair = characterFrom(string, end - 2)
  return pair.length === 2 ? pair : characterFrom(string, end - 1)
}

/** Puts another text in the place of the first occurrences; checks the length of what it makes. */
export function replaceText(
  text: TextValue,
  { search, replacement, limit }: Replacement,
  run: Run,
): TextValue {
  run.meter.chargeSearch(text.string.length, search.length)
  const count = countOccurrences(text.string, search, limit < 0 ? Number.POSITIVE_INFINITY : limit)
  const growth = replacement.string.length - search.length
  run.meter.chargeItems(count)
  run.meter.chargeText(text.string.length + count * growth)
  const pieces = search ? splitAt(text, search, count) : splitBetweenCharacters(text, count)
  return joinTexts(pieces.flatMap((piece, index) => (index > 0 ? [replacement, piece] : [piece])))
}

export interface Replacement {
  readonly search: string
  readonly replacement: TextValue
  /** How many to replace at most; all where it is negative. */
  readonly limit: number
}

/** An empty text occurs before every character and at the end. */
function countOccurrences(string: string, search: string, limit: number): number {
  if (!search) return Math.min(countCodePoints(string) + 1, limit)
  let count = 0
  let offset = string.indexOf(search)
  while (offset >= 0 && count < limit) {
    count += 1
    offset = string.indexOf(search, offset + search.length)
  }
  return count
}

function splitBetweenCharacters(text: TextValue, limit: number): TextValue[] {
  const pieces: TextValue[] = []
  let offset = 0
  let start = 0
  for (const character of text.string) {
    if (pieces.length >= limit) break
    pieces.push(sliceText(text, start, offset))
    start = offset
    offset += character.length
  }
  if (pieces.length < limit) {
    pieces.push(sliceText(text, start, offset))
    start = offset
  }
  return [...pieces, sliceText(text, start)]
}
