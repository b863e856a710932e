import { describe, expect, it } from 'vitest'
import { toBfloat, toHalf } from '../../src/tensors/half.ts'

/** Converts the bits of a half that is positive and finite. */
const valueOf = (half: number) =>
  half >> 10 === 0
    ? (half & 1_023) * 2 ** -24
    : (1 + (half & 1_023) / 1_024) * 2 ** ((half >> 10) - 15)

describe('a half', () => {
  it('is the nearest one, ties to even, for every half and every midpoint of two', () => {
    for (let half = 0; half < 0x7bff; half++) {
      const [lowValue, highValue] = [valueOf(half), valueOf(half + 1)]
      const evenHalf = half % 2 === 0 ? half : half + 1
      const roundedHalves = [
        toHalf(lowValue),
        toHalf((lowValue + highValue) / 2),
        toHalf(lowValue + (highValue - lowValue) * 0.49),
        toHalf(lowValue + (highValue - lowValue) * 0.51),
        toHalf(-lowValue),
      ]
      const expected = [half, evenHalf, half, half + 1, half | 0x8000]
      if (roundedHalves.join() !== expected.join())
        expect(roundedHalves, `half ${half}`).toEqual(expected)
    }
  })

  it('is infinity for a number that is too large, and NaN for NaN', () => {
    expect([65_519, 65_520, 1e9, -1e9, Infinity].map(toHalf)).toEqual([
      0x7bff, 0x7c00, 0x7c00, 0xfc00, 0x7c00,
    ])
    expect(toHalf(NaN) & 0x7fff).toBeGreaterThan(0x7c00)
  })
})

it('a bfloat16 is the upper half of a float, ties to even', () => {
  expect(
    [1, -2, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, Infinity].map(toBfloat),
  ).toEqual([0x3f80, 0xc000, 0x3f80, 0x3f82, 0x3f81, 0x7f80])
  expect(toBfloat(NaN) & 0x7fff).toBeGreaterThan(0x7f80)
})
