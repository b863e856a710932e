import { expect, it } from 'vitest'
import { toDecimal } from '../../src/grammar/decimal.ts'

it.each([
  [0, 0n, ''],
  [0.5, 0n, '5'],
  [-12.25, 12n, '25'],
  [1e-7, 0n, '0000001'],
  [1.5e-9, 0n, '0000000015'],
  [123_456_789_012_345_680_000, 123_456_789_012_345_680_000n, ''],
  [1.25e22, 12_500_000_000_000_000_000_000n, ''],
])('%d is written in digits', (value, whole, fraction) => {
  expect(toDecimal(value)).toEqual({ whole, fraction })
})
