import { maxDigits } from './integers.ts'

/** `repr` of a Python float. */
export function describeFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  const [digits = '', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent >= -4 && exponent < 16) {
    const plain = String(value)
    return plain.includes('.') ? plain : `${plain}.0`
  }
  const sign = exponent < 0 ? '-' : '+'
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/** A float with a number of decimals, its ties rounded to even as Python does. */
export function toDecimals(value: number, decimals: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const size = Math.abs(value)
  if (size >= 1e21) {
    const digits = String(BigInt(size))
    return sign + digits + (decimals > 0 ? `.${'0'.repeat(decimals)}` : '')
  }
  const exact = size.toFixed(maxDecimals)
  if (decimals >= maxDecimals) return sign + exact + '0'.repeat(decimals - maxDecimals)
  const roundedDigits = size.toFixed(decimals)
  // `toFixed` rounds ties up; a tie is a 5 that nothing follows.
  const point = exact.indexOf('.')
  const droppedDigits = exact.slice(point + 1 + decimals)
  if (!/^50*$/.test(droppedDigits)) return sign + roundedDigits
  const down = exact.slice(0, decimals === 0 ? point : point + 1 + decimals)
  return sign + (isEven(down.at(-1)) ? down : roundedDigits)
}

/** The most that `toFixed` writes. */
const maxDecimals = 100

function isEven(digit: string | undefined): boolean {
  return Number(digit) % 2 === 0
}

/** An integer of Python's `int(text)`, or nothing, as where it has too many digits. */
export function parseInteger(string: string, base = 10): bigint | undefined {
  const match = /^([+-]?)(0[box])?([\da-z]+(?:_[\da-z]+)*)$/i.exec(string)
  if (!match) return undefined
  const [, sign = '', prefix = '', written = ''] = match
  const prefixBase = prefixBases[prefix.toLowerCase()]
  if (prefix && base !== 0 && base !== prefixBase) return undefined
  const actualBase = base === 0 ? (prefixBase ?? 10) : base
  let value = 0n
  const digits = written.replaceAll('_', '').toLowerCase()
  if (digits.length > maxDigits) return undefined
  if (actualBase === 10) {
    if (!/^\d+$/.test(digits)) return undefined
    value = BigInt(digits)
  } else {
    for (const digit of digits) {
      const number = Number.parseInt(digit, 36)
      if (number >= actualBase) return undefined
      value = value * BigInt(actualBase) + BigInt(number)
    }
  }
  return sign === '-' ? -value : value
}

const prefixBases: Record<string, number> = { '0b': 2, '0o': 8, '0x': 16 }

/** A float of Python's `float(text)`, or nothing. */
export function parseFloatText(string: string): number | undefined {
  const text = string.replaceAll(/(?<=\d)_(?=\d)/g, '')
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text)
  const name = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(text)
  if (!name) return undefined
  if (!name[2]) return Number.NaN
  return name[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}
