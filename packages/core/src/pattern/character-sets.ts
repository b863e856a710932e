import { type CharacterSet, invertRanges } from './pattern.ts'

type Ranges = CharacterSet['ranges']

export const lineEnds: Ranges = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
]

/** The sets of `\d`, `\w` and `\s`. */
export const shorthands: ReadonlyMap<string, Ranges> = new Map<string, Ranges>([
  ['d', [[48, 57]]],
  [
    'w',
    [
      [48, 57],
      [65, 90],
      [95, 95],
      [97, 122],
    ],
  ],
  [
    's',
    [
      [9, 13],
      [32, 32],
      [160, 160],
      [0x1680, 0x1680],
      [0x2000, 0x200a],
      [0x2028, 0x2029],
      [0x202f, 0x202f],
      [0x205f, 0x205f],
      [0x3000, 0x3000],
      [0xfeff, 0xfeff],
    ],
  ],
])

/** A set of some ranges. */
export function characterSet(
  ranges: Ranges,
  { properties = [], isNegated = false }: Partial<Omit<CharacterSet, 'type' | 'ranges'>> = {},
): CharacterSet {
  return { type: 'characters', ranges, properties, isNegated }
}

/** The set of one code point. */
export function characterOf(codePoint: number): CharacterSet {
  return characterSet([[codePoint, codePoint]])
}

/** The code point of a set that has just one. */
export function singleCharacter({
  ranges,
  isNegated,
  properties,
}: CharacterSet): number | undefined {
  const [range] = ranges
  const isSingle = range && ranges.length === 1 && range[0] === range[1] && !isNegated
  return isSingle && properties.length === 0 ? range[0] : undefined
}

/** The union of the members of a class; a member such as `\D` is written as what it leaves. */
export function joinSets(members: readonly CharacterSet[], isNegated: boolean): CharacterSet {
  return {
    type: 'characters',
    ranges: members.flatMap((member) =>
      member.isNegated ? invertRanges(member.ranges) : member.ranges,
    ),
    properties: members.flatMap(({ properties }) => properties),
    isNegated,
  }
}
