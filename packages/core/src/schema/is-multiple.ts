/**
 * Whether a number is a multiple of another, by the decimal digits that JSON writes for both: 0.3
 * is one of 0.1, though no double is 0.3. A value beyond all doubles is a multiple of nothing.
 */
export function isMultiple(value: number, step: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(step)) return value % step === 0
  if (!Number.isFinite(value)) return false
  const dividend = readDigits(value)
  const divisor = readDigits(step)
  // Aligned, they have at most 17 digits and the 632 between the largest and the smallest double.
  const exponent = Math.min(dividend.exponent, divisor.exponent)
  const align = ({ digits, exponent: own }: Digits) => digits * 10n ** BigInt(own - exponent)
  return align(dividend) % align(divisor) === 0n
}

/** A number as whole digits times a power of ten. */
interface Digits {
  readonly digits: bigint
  readonly exponent: number
}

function readDigits(value: number): Digits {
  const [mantissa = '0', power = '0'] = String(value).split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length }
}
