import { toDecimal } from './decimal.ts'
import { decimalsIn, type Limit, naturalsIn } from './decimal-range.ts'
import { either } from './grammar-builder.ts'
import { mantissa, scientificIn, type SignedEnd } from './scientific-range.ts'

/** Inclusive limits; an infinite limit is none. */
export interface NumberRange {
  readonly min: number
  readonly max: number
}

interface LimitedRange extends NumberRange {
  readonly excludesMin?: boolean
  readonly excludesMax?: boolean
}

/** Limits with more digits before the point are left to the check of the whole answer. */
const maxLimit = 1e21
const exponent = '[eE] [-+]? [0-9]+'
const smallExponent = '[eE] "+"? [0-9]{1,2}'
/** From 21, where JavaScript begins to write exponents, to the last one that holds any mantissa. */
const largeExponent = '[eE] "+"? ("2" [1-9] | [3-9] [0-9] | [12] [0-9] [0-9] | "30" [0-7])'
/** The exponent is more than the digits of the mantissa, so it is a whole number. */
const largeInteger = either(
  `${mantissa} ${largeExponent}`,
  `"1" ("." [0-9]{1,17})? [eE] "+"? "308"`,
)

/** The numbers that are no integers; with an exponent, all numbers. */
export const fractions = `"-"? ("0" | [1-9] [0-9]*) ("." ${either(
  `"0"* [1-9] [0-9]* (${exponent})?`,
  `[0-9]+ ${exponent}`,
)} | ${exponent})`

/**
 * The integers of a range, in decimal, without leading zeros. Where the range has no end, an
 * exponent may follow. Undefined where there is none.
 */
export function integersIn({ min, max }: NumberRange): string | undefined {
  const [low, high] = [Math.ceil(min), Math.floor(max)]
  if (!(low <= high)) return undefined
  if (low <= -maxLimit && high >= maxLimit)
    return `("-"? ${either(`${naturalsIn(0n)} (${smallExponent})?`, largeInteger)})`
  const negative = low < 0 ? [`"-" ${integersOfSign({ min: Math.max(1, -high), max: -low })}`] : []
  const positive = high >= 0 ? [integersOfSign({ min: Math.max(0, low), max: high })] : []
  return either(...negative, ...positive)
}

/**
 * The numbers of a range in any number of digits. With an exponent, one digit is before the point.
 * Undefined where there is none.
 */
export function numbersIn(range: LimitedRange): string | undefined {
  const { min, max, excludesMin = false, excludesMax = false } = range
  if (!(min <= max) || (min === max && (excludesMin || excludesMax))) return undefined
  if (min <= -maxLimit && max >= maxLimit)
    return `("-"? ${naturalsIn(0n)} ("." [0-9]+)? (${exponent})?)`
  const low = { value: min, isExcluded: excludesMin }
  const high = { value: max, isExcluded: excludesMax }
  const zero = { value: 0, isExcluded: false }
  const above = max > 0 || (max === 0 && !excludesMax && (min < 0 || !excludesMin))
  const positive = above ? [amountsIn(min < 0 ? zero : low, high)] : []
  const negated = (end: typeof low) => ({ ...end, value: -end.value })
  const negative =
    min < 0
      ? [`"-" ${amountsIn(max >= 0 ? { ...zero, isExcluded: true } : negated(high), negated(low))}`]
      : []
  return either(...positive, ...negative)
}

function integersOfSign({ min, max }: NumberRange): string {
  if (max < maxLimit) return naturalsIn(toLowerEnd(min), BigInt(max))
  const naturals = naturalsIn(min >= maxLimit ? 0n : toLowerEnd(min))
  return either(`${naturals} (${smallExponent})?`, largeInteger)
}

/** The number, or the digits that JSON writes for it beyond 2^53, if they say less. */
function toLowerEnd(min: number): bigint {
  const [exact, written] = [BigInt(min), toDecimal(min).whole]
  return written < exact ? written : exact
}

/** Amounts, which have no sign, between two ends. */
function amountsIn(low: SignedEnd, high: SignedEnd): string {
  const toLimit = ({ value, isExcluded }: SignedEnd): Limit => ({ ...toDecimal(value), isExcluded })
  const range = {
    min: low.value >= maxLimit ? toLimit({ value: 0, isExcluded: false }) : toLimit(low),
    max: high.value >= maxLimit ? undefined : toLimit(high),
  }
  return either(...decimalsIn(range), ...scientificIn(low, high))
}
