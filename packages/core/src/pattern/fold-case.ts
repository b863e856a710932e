import type { CharacterSet } from './pattern.ts'

type Range = CharacterSet['ranges'][number]

/** Letters of ASCII that Unicode folds with a letter beyond it: the kelvin sign and a long s. */
const unicodeVariants = [
  { letters: [75, 107], variant: 0x21_2a },
  { letters: [83, 115], variant: 0x1_7f },
]

/** No letter beyond has a case. */
const lastCased = 0x1_ff_ff

/**
 * A set with all that differs from its characters in case alone. Throws a SyntaxError for a set
 * with cased letters beyond ASCII, or with a Unicode property.
 */
export function foldCase(set: CharacterSet, isUnicode: boolean): CharacterSet {
  if (set.properties.length > 0 || set.ranges.some(hasCaseBeyondAscii))
    throw new SyntaxError(
      'ignores the case of letters beyond ASCII, which is not supported: list both cases instead',
    )
  const variants = set.ranges.flatMap((range) => listVariants(range, isUnicode))
  return { ...set, ranges: [...set.ranges, ...variants] }
}

function listVariants(range: Range, isUnicode: boolean): readonly Range[] {
  const [from, to] = range
  const variants = unicodeVariants.flatMap(({ letters, variant }) =>
    isUnicode && letters.some((letter) => letter >= from && letter <= to)
      ? [[variant, variant] as const]
      : [],
  )
  return [...shiftRange(range, [65, 90], 32), ...shiftRange(range, [97, 122], -32), ...variants]
}

function shiftRange([from, to]: Range, [first, last]: Range, offset: number): readonly Range[] {
  const [start, end] = [Math.max(from, first), Math.min(to, last)]
  return start <= end ? [[start + offset, end + offset]] : []
}

function hasCaseBeyondAscii([from, to]: Range): boolean {
  for (let codePoint = Math.max(from, 128); codePoint <= Math.min(to, lastCased); codePoint++)
    if (/\p{Changes_When_Casemapped}/u.test(String.fromCodePoint(codePoint))) return true
  return false
}
