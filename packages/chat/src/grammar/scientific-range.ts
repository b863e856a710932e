import { decimalsIn, type Limit, naturalsIn } from './decimal-range.ts'
import { either } from './grammar-builder.ts'

/** Of a bounded length: a number that leaves its range here can only end in an exponent. */
export const mantissa = '[1-9] ("." [0-9]{1,17})?'

export interface SignedEnd {
  readonly value: number
  readonly isExcluded: boolean
}

/** Amounts with an exponent: those with the exponent of an end have a mantissa within the range. */
export function scientificIn(low: SignedEnd, high: SignedEnd): readonly string[] {
  if (high.value === 0) return []
  const min = low.value > 0 ? toScientific(low) : undefined
  const max = high.value < Infinity ? toScientific(high) : undefined
  const [first, last] = [min?.exponent ?? -Infinity, max?.exponent ?? Infinity]
  const write = (mantissas: readonly string[], from: number, to: number) =>
    mantissas.length > 0 && from <= to ? [`${either(...mantissas)} ${exponentsIn(from, to)}`] : []
  if (min && first === last)
    return write(decimalsIn({ min: min.mantissa, max: max?.mantissa }), first, last)
  return [
    ...write([mantissa], first + 1, last - 1),
    ...(min ? write(decimalsIn({ min: min.mantissa, max: tenExcluded }), first, first) : []),
    ...(max ? write(decimalsIn({ min: oneIncluded, max: max.mantissa }), last, last) : []),
  ]
}

const oneIncluded: Limit = { whole: 1n, fraction: '', isExcluded: false }
const tenExcluded: Limit = { whole: 10n, fraction: '', isExcluded: true }

/** An end above 0 with one digit before the point. */
function toScientific({ value, isExcluded }: SignedEnd): {
  readonly mantissa: Limit
  readonly exponent: number
} {
  const [digits = '', exponent] = Math.abs(value).toExponential().split('e')
  const [whole = '', fraction = ''] = digits.split('.')
  return { mantissa: { whole: BigInt(whole), fraction, isExcluded }, exponent: Number(exponent) }
}

const maxExponent = 999

/** The exponents of a range, of which there is at least one. */
function exponentsIn(min: number, max: number): string {
  const naturals = (from: number, to: number) =>
    `"0"{0,2} ${naturalsIn(BigInt(Math.max(1, from)), BigInt(Math.min(to, maxExponent)))}`
  return `[eE] ${either(
    ...(min < 0 ? [`"-" ${naturals(-max, -min)}`] : []),
    ...(min <= 0 && max >= 0 ? ['[-+]? "0"{1,3}'] : []),
    ...(max > 0 ? [`"+"? ${naturals(min, max)}`] : []),
  )}`
}
