import { either, literal } from './grammar-builder.ts'

/** Inclusive limits; an infinite limit is none. */
export interface NumberRange {
  readonly min: number
  readonly max: number
}

interface LimitedRange extends NumberRange {
  readonly excludesMin?: boolean
  readonly excludesMax?: boolean
}

/** With more digits, a double no longer distinguishes integers. */
const maxDigits = 15
/** Ends with a digit other than 0, so that a number with a fraction never equals an integer. */
const fraction = `"." [0-9]{0,${maxDigits - 1}} [1-9]`
const exponent = '([eE] [-+]? [0-9]{1,2})?'

/** The integers of a range, in decimal, without leading zeros. */
export function integersIn({ min, max }: NumberRange): string {
  if (min === -Infinity && max === Infinity) return `("-"? ("0" | [1-9] [0-9]{0,${maxDigits}}))`
  const negative = min < 0 ? [`"-" ${naturalsIn({ min: Math.max(1, -max), max: -min })}`] : []
  const positive = max >= 0 ? [naturalsIn({ min: Math.max(0, min), max })] : []
  return either(...negative, ...positive)
}

/** The numbers of a range whose limits are integers. */
export function numbersIn(range: LimitedRange): string {
  const { min, max, excludesMin = false, excludesMax = false } = range
  if (min === -Infinity && max === Infinity)
    return `(${integersIn(range)} ("." [0-9]{1,${maxDigits}})? ${exponent})`
  const integers = { min: excludesMin ? min + 1 : min, max: excludesMax ? max - 1 : max }
  const positive = { min: Math.max(0, min), max: max - 1 }
  const negative = { min: Math.max(0, -max), max: -min - 1 }
  return either(
    ...(integers.min <= integers.max ? [integersIn(integers)] : []),
    ...(positive.min <= positive.max ? [`${naturalsIn(positive)} ${fraction}`] : []),
    ...(negative.min <= negative.max ? [`"-" ${naturalsIn(negative)} ${fraction}`] : []),
  )
}

/** Integers of 0 and more. */
function naturalsIn({ min, max }: NumberRange): string {
  if (max === Infinity) {
    const low = String(min)
    const longer = `[1-9] [0-9]{${low.length},${Math.max(low.length, maxDigits)}}`
    return min === 0
      ? `("0" | [1-9] [0-9]{0,${maxDigits}})`
      : either(digitsBetween(low, '9'.repeat(low.length)), longer)
  }
  const [low, high] = [String(min), String(max)]
  const lengths = Array.from(
    { length: high.length - low.length + 1 },
    (_, index) => low.length + index,
  )
  return either(
    ...lengths.map((length) =>
      digitsBetween(
        length === low.length ? low : `1${'0'.repeat(length - 1)}`,
        length === high.length ? high : '9'.repeat(length),
      ),
    ),
  )
}

/** The integers between two that have the same number of digits. */
function digitsBetween(low: string, high: string): string {
  if (low === high) return literal(low)
  const sharedLength = [...low].findIndex((digit, index) => digit !== high[index])
  const shared = low.slice(0, sharedLength)
  const [first, last] = [Number(low[sharedLength]), Number(high[sharedLength])]
  const [lowRest, highRest] = [low.slice(sharedLength + 1), high.slice(sharedLength + 1)]
  const restLength = lowRest.length
  const anyRest = restLength > 0 ? ` [0-9]{${restLength}}` : ''
  const isLowest = /^0*$/.test(lowRest)
  const isHighest = /^9*$/.test(highRest)
  const middle = { from: isLowest ? first : first + 1, to: isHighest ? last : last - 1 }
  const lowBody = `${literal(String(first))} ${digitsBetween(lowRest, '9'.repeat(restLength))}`
  const highBody = `${literal(String(last))} ${digitsBetween('0'.repeat(restLength), highRest)}`
  const bodies = [
    ...(isLowest ? [] : [lowBody]),
    ...(middle.from <= middle.to ? [`[${middle.from}-${middle.to}]${anyRest}`] : []),
    ...(isHighest ? [] : [highBody]),
  ]
  return shared ? `${literal(shared)} ${either(...bodies)}` : either(...bodies)
}
