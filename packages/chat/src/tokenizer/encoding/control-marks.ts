import type { AddedToken } from '../vocabulary.ts'

/** The first code point of a plane for private use. */
const firstMark = 0xf0000

/**
 * Characters that stand for control tokens while the text around them is normalized, one for each
 * token. No text has them.
 */
export function controlMarks(
  tokens: readonly AddedToken[],
  texts: readonly string[],
): ReadonlyMap<AddedToken, string> {
  const marks = new Map<AddedToken, string>()
  let codePoint = firstMark
  for (const token of new Set(tokens)) {
    while (texts.some((text) => text.includes(String.fromCodePoint(codePoint)))) codePoint++
    marks.set(token, String.fromCodePoint(codePoint++))
  }
  return marks
}
