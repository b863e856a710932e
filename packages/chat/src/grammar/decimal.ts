/** A number that is not negative, in decimal digits. */
export interface Decimal {
  readonly whole: bigint
  /** The digits after the point, without zeros at the end. */
  readonly fraction: string
}

/** The decimal that JSON writes for the amount of a finite number. */
export function toDecimal(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = String(Math.abs(value)).split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  const shift = Number(exponent)
  const digits = whole + fraction
  const point = whole.length + shift
  const paddedDigits = digits.padStart(digits.length + Math.max(0, -point), '0').padEnd(point, '0')
  const start = Math.max(0, point)
  return {
    whole: BigInt(paddedDigits.slice(0, start) || '0'),
    fraction: paddedDigits.slice(start).replace(/0+$/, ''),
  }
}
