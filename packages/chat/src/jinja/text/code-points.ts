import { sliceText } from './text.ts'
import type { Text } from '../values/value.ts'

// Python counts code points, JavaScript UTF-16 units; the two are the same without surrogates.

/** The number of code points. */
export function countCodePoints(string: string): number {
  if (!hasSurrogates(string)) return string.length
  let count = 0
  for (const _character of string) count += 1
  return count
}

/** The offset of a code point in UTF-16 units. */
export function offsetOfCodePoint(string: string, index: number): number {
  if (!hasSurrogates(string)) return Math.min(index, string.length)
  let offset = 0
  let rest = index
  for (const character of string) {
    if (rest <= 0) break
    rest -= 1
    offset += character.length
  }
  return offset
}

/** The code points before an offset in UTF-16 units. */
export function codePointOfOffset(string: string, offset: number): number {
  return hasSurrogates(string) ? countCodePoints(string.slice(0, offset)) : offset
}

/** The text's characters, each a text. */
export function charactersOf(text: Text): Text[] {
  const characters: Text[] = []
  let offset = 0
  for (const character of text.string) {
    characters.push(sliceText(text, offset, offset + character.length))
    offset += character.length
  }
  return characters
}

function hasSurrogates(string: string): boolean {
  return /[\uD800-\uDFFF]/.test(string)
}
