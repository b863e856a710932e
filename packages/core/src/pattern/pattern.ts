/** A set of code points. */
export interface CharacterSet {
  readonly type: 'characters'
  /** Inclusive ranges, in any order. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
  /** Unicode properties that belong to the set, as a regular expression writes them. */
  readonly properties: readonly string[]
  readonly isNegated: boolean
}

/** A regular expression of JavaScript, without back references. */
export type Pattern =
  | CharacterSet
  | { readonly type: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly type: 'choice'; readonly options: readonly Pattern[] }
  | { readonly type: 'repeat'; readonly body: Pattern; readonly min: number; readonly max: number }
  | { readonly type: 'start' }
  | { readonly type: 'end' }
  | { readonly type: 'word-edge'; readonly isNegated: boolean }
  | {
      readonly type: 'look'
      readonly body: Pattern
      readonly isBehind: boolean
      readonly isNegated: boolean
    }

/** Whether a set has a code point. */
export function hasCharacter(
  { ranges, properties, isNegated }: CharacterSet,
  codePoint: number,
): boolean {
  const isListed =
    ranges.some(([from, to]) => codePoint >= from && codePoint <= to) ||
    properties.some((property) => propertyPattern(property).test(String.fromCodePoint(codePoint)))
  return isListed !== isNegated
}

/** All code points that the ranges leave out. */
export function invertRanges(ranges: CharacterSet['ranges']): CharacterSet['ranges'] {
  const gaps: (readonly [number, number])[] = []
  let next = 0
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    if (from > next) gaps.push([next, from - 1])
    next = Math.max(next, to + 1)
  }
  return next > 0x10ffff ? gaps : [...gaps, [next, 0x10ffff]]
}

const propertyPatterns = new Map<string, RegExp>()

function propertyPattern(property: string): RegExp {
  const pattern = propertyPatterns.get(property) ?? new RegExp(`^${property}$`, 'u')
  propertyPatterns.set(property, pattern)
  return pattern
}
