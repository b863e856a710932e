import type { Decimal } from './decimal.ts'
import { either, literal } from './grammar-builder.ts'

/** One end of a range of amounts. */
export interface Limit extends Decimal {
  readonly isExcluded: boolean
}

export interface AmountRange {
  readonly min: Limit
  /** Absent: without end. */
  readonly max?: Limit | undefined
}

/** Decimals without an exponent, by how their whole part meets the ends. */
export function decimalsIn({ min, max }: AmountRange): readonly string[] {
  if (max && max.whole === min.whole) return withFraction(min.whole, { min, max })
  const atMin = withFraction(min.whole, { min })
  const atMax = max ? withFraction(max.whole, { max }) : []
  const [first, last] = [min.whole + 1n, max && max.whole - 1n]
  const wholesBetween =
    last === undefined || first <= last ? [`${naturalsIn(first, last)} ("." [0-9]+)?`] : []
  return [...atMin, ...wholesBetween, ...atMax]
}

interface FractionRange {
  readonly min?: Limit
  readonly max?: Limit
}

/** The numbers with this whole part. */
function withFraction(whole: bigint, { min, max }: FractionRange): readonly string[] {
  const low = min && { digits: min.fraction, isExcluded: min.isExcluded }
  const high = max && { digits: max.fraction, isExcluded: max.isExcluded }
  const digits = digitsIn(low, high, false)
  const isWholeInside =
    !(min && (min.fraction || min.isExcluded)) && !(max && !max.fraction && max.isExcluded)
  const text = literal(String(whole))
  return [
    ...(isWholeInside ? [text] : []),
    ...(digits === undefined ? [] : [`${text} "." ${digits}`]),
  ]
}

interface DigitLimit {
  /** What is left of the limit's digits. */
  readonly digits: string
  readonly isExcluded: boolean
}

/**
 * Digits after a point that stay between two limits; an absent limit is passed already. `mayEnd`:
 * one digit is written. Undefined where no digits do.
 */
function digitsIn(
  low: DigitLimit | undefined,
  high: DigitLimit | undefined,
  mayEnd: boolean,
): string | undefined {
  const quantifier = mayEnd ? '*' : '+'
  if (!low && !high) return `[0-9]${quantifier}`
  if (!high && low?.digits === '')
    return low.isExcluded ? '"0"* [1-9] [0-9]*' : `[0-9]${quantifier}`
  const first = Number(low?.digits[0] ?? 0)
  const last = high ? Number(high.digits[0] ?? 0) : 9
  const isEndInside =
    mayEnd && !(low && (low.digits || low.isExcluded)) && !(high && !high.digits && high.isExcluded)
  // All that is left of both are zeros.
  if (high?.digits === '' && (!low || low.digits === ''))
    return high.isExcluded || low?.isExcluded ? undefined : `"0"${quantifier}`

  const bodies: string[] = isEndInside ? ['""'] : []
  for (const [digit, lowRest, highRest] of steps(low, high, { first, last })) {
    const restBody = digitsIn(lowRest, highRest, true)
    if (restBody !== undefined) bodies.push(`${digit} ${restBody}`)
  }
  return bodies.length > 0 ? either(...bodies) : undefined
}

/** The next digit, and the limits that hold after it. */
function steps(
  low: DigitLimit | undefined,
  high: DigitLimit | undefined,
  { first, last }: { readonly first: number; readonly last: number },
): readonly (readonly [string, DigitLimit | undefined, DigitLimit | undefined])[] {
  const after = (limit: DigitLimit | undefined) =>
    limit && { ...limit, digits: limit.digits.slice(1) }
  if (first === last) return [[`"${first}"`, after(low), after(high)]]
  if (first > last) return []
  const [from, to] = [low ? first + 1 : first, high ? last - 1 : last]
  return [
    ...(low ? [[`"${first}"`, after(low), undefined] as const] : []),
    ...(from <= to ? [[`[${from}-${to}]`, undefined, undefined] as const] : []),
    ...(high ? [[`"${last}"`, undefined, after(high)] as const] : []),
  ]
}

/** Integers of 0 and more. */
export function naturalsIn(min: bigint, max?: bigint): string {
  const low = String(min)
  if (max === undefined) {
    if (min === 0n) return '("0" | [1-9] [0-9]*)'
    const sameLength = digitsBetween(low, '9'.repeat(low.length))
    return either(sameLength, `[1-9] [0-9]{${low.length}} [0-9]*`)
  }
  const high = String(max)
  if (low.length === high.length) return digitsBetween(low, high)
  const [shortest, longest] = [low.length + 1, high.length - 1]
  return either(
    digitsBetween(low, '9'.repeat(low.length)),
    ...(shortest <= longest ? [`[1-9] [0-9]{${shortest - 1},${longest - 1}}`] : []),
    digitsBetween(`1${'0'.repeat(high.length - 1)}`, high),
  )
}

/** The integers between two that have the same number of digits. */
function digitsBetween(low: string, high: string): string {
  if (low === high) return literal(low)
  const sharedLength = [...low].findIndex((digit, index) => digit !== high[index])
  const sharedDigits = low.slice(0, sharedLength)
  const [first, last] = [Number(low[sharedLength]), Number(high[sharedLength])]
  const [lowRest, highRest] = [low.slice(sharedLength + 1), high.slice(sharedLength + 1)]
  const restLength = lowRest.length
  const anyRest = restLength > 0 ? ` [0-9]{${restLength}}` : ''
  const isLowest = /^0*$/.test(lowRest)
  const isHighest = /^9*$/.test(highRest)
  const middle = { from: isLowest ? first : first + 1, to: isHighest ? last : last - 1 }
  const writeLow = () =>
    `${literal(String(first))} ${digitsBetween(lowRest, '9'.repeat(restLength))}`
  const writeHigh = () =>
    `${literal(String(last))} ${digitsBetween('0'.repeat(restLength), highRest)}`
  const bodies = [
    ...(isLowest ? [] : [writeLow()]),
    ...(middle.from <= middle.to ? [`[${middle.from}-${middle.to}]${anyRest}`] : []),
    ...(isHighest ? [] : [writeHigh()]),
  ]
  return sharedDigits ? `${literal(sharedDigits)} ${either(...bodies)}` : either(...bodies)
}
