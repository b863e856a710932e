/** From and to, both included. */
export type NumberRange = readonly [from: number, to: number]

/**
 * The last code point of each length in UTF-8, and the code points around the surrogates, which
 * UTF-8 does not encode.
 */
const edges = [0x7f, 0x7ff, 0xd7ff, 0xdfff, 0xffff, 0x10ffff]

/**
 * The UTF-8 of a range of code points: sequences with one range per byte. Together they match all
 * of the code points and nothing else.
 * @see https://github.com/BurntSushi/utf8-ranges
 */
export function utf8Ranges([from, to]: NumberRange): readonly (readonly NumberRange[])[] {
  if (from > to) return []
  const edge = edges.find((edge) => from <= edge && edge < to)
  if (edge !== undefined) return [...utf8Ranges([from, edge]), ...utf8Ranges([edge + 1, to])]
  if (from >= 0xd800 && to <= 0xdfff) return []

  const [first, last] = [encodeCodePoint(from), encodeCodePoint(to)]
  // Splits until every byte after the first one that differs has its full range.
  for (let low = 1; low < first.length; low++) {
    const mask = (1 << (6 * low)) - 1
    if (from >> (6 * low) === to >> (6 * low)) continue
    if (from & mask)
      return [...utf8Ranges([from, from | mask]), ...utf8Ranges([(from | mask) + 1, to])]
    if ((to & mask) !== mask)
      return [...utf8Ranges([from, (to & ~mask) - 1]), ...utf8Ranges([to & ~mask, to])]
  }
  return [first.map((byte, index): NumberRange => [byte, last[index] ?? byte])]
}

function encodeCodePoint(codePoint: number): readonly number[] {
  return [...new TextEncoder().encode(String.fromCodePoint(codePoint))]
}
