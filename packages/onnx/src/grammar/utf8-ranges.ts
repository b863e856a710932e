/** From and to, both included. */
export type Range = readonly [from: number, to: number]

/**
 * The last code point of each length in UTF-8, and around the surrogates, which it does not write.
 */
const edges = [0x7f, 0x7ff, 0xd7ff, 0xdfff, 0xffff, 0x10ffff]

/**
 * The bytes of a range of code points: sequences of a range for each byte, which together write all
 * of them and nothing else.
 * @see https://github.com/BurntSushi/utf8-ranges
 */
export function utf8Ranges([from, to]: Range): readonly (readonly Range[])[] {
  if (from > to) return []
  const edge = edges.find((edge) => from <= edge && edge < to)
  if (edge !== undefined) return [...utf8Ranges([from, edge]), ...utf8Ranges([edge + 1, to])]
  if (from >= 0xd800 && to <= 0xdfff) return []

  const [first, last] = [bytesOf(from), bytesOf(to)]
  // Cut until all but the leading bytes that differ go through their whole range.
  for (let low = 1; low < first.length; low++) {
    const mask = (1 << (6 * low)) - 1
    if (from >> (6 * low) === to >> (6 * low)) continue
    if (from & mask)
      return [...utf8Ranges([from, from | mask]), ...utf8Ranges([(from | mask) + 1, to])]
    if ((to & mask) !== mask)
      return [...utf8Ranges([from, (to & ~mask) - 1]), ...utf8Ranges([to & ~mask, to])]
  }
  return [first.map((byte, index): Range => [byte, last[index] ?? byte])]
}

function bytesOf(point: number): readonly number[] {
  return [...new TextEncoder().encode(String.fromCodePoint(point))]
}
