import { describeFloat, toDecimals } from '../text/numbers.ts'

/** How `format` and `%` write a number, without its sign. */
export interface NumberStyle {
  /** A letter of Python's format specifications, such as `d`, `f` or `x`. */
  readonly type: string
  readonly precision: number | undefined
  /** `#`: with `0x` and its like. */
  readonly isAlternate: boolean
  /** `,` or `_` between groups of digits, or nothing. */
  readonly grouping: string
}

/** The digits of an integer that is not negative. */
export function integerDigits(value: bigint, style: NumberStyle): string {
  const base = bases[style.type] ?? 10
  const digits = value.toString(base)
  const cased = style.type === 'X' ? digits.toUpperCase() : digits
  const prefix = style.isAlternate && base !== 10 ? `0${style.type}` : ''
  return prefix + groupDigits(cased, style.grouping, base === 10 ? 3 : 4)
}

const bases: Record<string, number> = { b: 2, o: 8, x: 16, X: 16 }

/** The digits of a float that is not negative. */
export function floatDigits(value: number, style: NumberStyle): string {
  const { type, grouping } = style
  const digits = Number.isFinite(value) ? finiteDigits(value, style) : special(value)
  const cased = type === 'E' || type === 'F' || type === 'G' ? digits.toUpperCase() : digits
  const [whole = '', ...fractionParts] = cased.split(/(?=[.e%])/i)
  return groupDigits(whole, grouping, 3) + fractionParts.join('')
}

function special(value: number): string {
  return Number.isNaN(value) ? 'nan' : 'inf'
}

function finiteDigits(value: number, style: NumberStyle): string {
  const { type, precision = 6 } = style
  switch (type) {
    case 'f':
    case 'F':
      return toDecimals(value, precision)
    case '%':
      return `${toDecimals(value * 100, precision)}%`
    case 'e':
    case 'E':
      return padExponent(value.toExponential(Math.min(precision, 100)))
    case 'g':
    case 'G':
    case 'n':
      return generalDigits(value, precision || 1, style.isAlternate)
    default: {
      if (style.precision === undefined) return describeFloat(value)
      const digits = generalDigits(value, precision || 1, false)
      return /[.e]/.test(digits) ? digits : `${digits}.0`
    }
  }
}

/** The shorter of plain and exponential, with so many digits that count. */
function generalDigits(value: number, precision: number, keepsZeros: boolean): string {
  const significant = Math.min(precision, 100)
  const exponential = value.toExponential(significant - 1)
  const exponent = Number(exponential.split('e')[1])
  const isPlain = exponent >= -4 && exponent < precision
  const digits = isPlain ? toDecimals(value, Math.max(significant - 1 - exponent, 0)) : exponential
  const trimmedDigits = keepsZeros || !digits.includes('.') ? digits : trimZeros(digits)
  return isPlain ? trimmedDigits : padExponent(trimmedDigits)
}

function trimZeros(digits: string): string {
  const [mantissa = '', exponent] = digits.split('e')
  const short = mantissa.replace(/\.?0*$/, '')
  return exponent === undefined ? short : `${short}e${exponent}`
}

function padExponent(digits: string): string {
  return digits.replace(/e([+-])(\d)$/, 'e$10$2')
}

function groupDigits(digits: string, separator: string, size: number): string {
  if (!separator) return digits
  const groups: string[] = []
  for (let end = digits.length; end > 0; end -= size)
    groups.push(digits.slice(Math.max(end - size, 0), end))
  return groups.toReversed().join(separator)
}
