import { TemplateLimit } from '../errors.ts'
import type { Run, Value } from '../values/value.ts'

// Python refuses to print longer integers.
export const maxDigits = 4_300
const largest = 10n ** BigInt(maxDigits)

/** The integer of some decimal digits; throws `TemplateLimit` where there are too many. */
export function readDigits(digits: string): bigint {
  if (digits.length > maxDigits) throw digitLimit()
  return BigInt(digits)
}

export function limitInteger(value: Value): Value {
  if (typeof value === 'bigint' && (value > largest || value < -largest)) throw digitLimit()
  return value
}

export function digitLimit(): TemplateLimit {
  return new TemplateLimit('digits', `the template needs more than ${maxDigits} digits in a number`)
}

/** Called before an integer is written or calculated with, which takes long for a large one. */
export function chargeInteger(value: bigint, run: Run): void {
  if (BigInt.asIntN(64, value) !== value) run.meter.charge(stepsPerLargeInteger)
}

const stepsPerLargeInteger = 100
