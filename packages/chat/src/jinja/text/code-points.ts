import { sliceText } from './text.ts'
import type { Run, TextValue } from '../values/value.ts'

// Python counts code points, JavaScript UTF-16 units; the two are the same without surrogates.

/** The number of code points. */
export function countCodePoints(string: string): number {
  if (!hasSurrogates(string)) return string.length
  let count = 0
  for (let offset = 0; offset < string.length; offset += sizeAt(string, offset)) count += 1
  return count
}

/** The offset of a code point in UTF-16 units. */
export function offsetOfCodePoint(string: string, index: number): number {
  if (!hasSurrogates(string)) return Math.min(index, string.length)
  let offset = 0
  for (
    let remainingCount = index;
    remainingCount > 0 && offset < string.length;
    remainingCount -= 1
  )
    offset += sizeAt(string, offset)
  return offset
}

/** The code points before an offset in UTF-16 units. */
export function codePointOfOffset(string: string, offset: number): number {
  return hasSurrogates(string) ? countCodePoints(string.slice(0, offset)) : offset
}

/** The text's characters, each a text. */
export function charactersOf(text: TextValue, run: Run): TextValue[] {
  run.meter.chargeItems(text.string.length)
  const characters: TextValue[] = []
  let offset = 0
  for (const character of text.string) {
    characters.push(sliceText(text, offset, offset + character.length))
    offset += character.length
  }
  return characters
}

/** Whether each character is one UTF-16 unit; a text is looked through, and paid for, once. */
export function hasOneUnitEach(text: TextValue, run: Run): boolean {
  const cachedAnswer = oneUnitEach.get(text)
  if (cachedAnswer !== undefined) return cachedAnswer
  run.meter.chargeText(text.string.length)
  const hasOneEach = !hasSurrogates(text.string)
  oneUnitEach.set(text, hasOneEach)
  return hasOneEach
}

const oneUnitEach = new WeakMap<TextValue, boolean>()

function sizeAt(string: string, offset: number): number {
  return (string.codePointAt(offset) ?? 0) > 0xff_ff ? 2 : 1
}

function hasSurrogates(string: string): boolean {
  return /[\uD800-\uDFFF]/.test(string)
}
