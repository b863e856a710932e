import { describe, expect, it } from 'vitest'
import { toBfloat, toHalf } from '../src/half.ts'
import { quantisers } from '../src/quantise.ts'
import { randomBits } from '../src/random-bits.ts'

/** The value of a half's bits, sign apart. */
const valueOf = (half: number) =>
  half >> 10 === 0
    ? (half & 1_023) * 2 ** -24
    : (1 + (half & 1_023) / 1_024) * 2 ** ((half >> 10) - 15)

describe('a half', () => {
  it('is the nearest, ties to even, for every half and every midpoint between two', () => {
    for (let half = 0; half < 0x7bff; half++) {
      const [low, high] = [valueOf(half), valueOf(half + 1)]
      const even = half % 2 === 0 ? half : half + 1
      const found = [
        toHalf(low),
        toHalf((low + high) / 2),
        toHalf(low + (high - low) * 0.49),
        toHalf(low + (high - low) * 0.51),
        toHalf(-low),
      ]
      if (found.join() !== [half, even, half, half + 1, half | 0x8000].join())
        expect(found, `half ${half}`).toEqual([half, even, half, half + 1, half | 0x8000])
    }
  })
  it('is infinity for what is too large, and no number for no number', () => {
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

describe('a block', () => {
  const quantised = (type: 'Q8_0' | 'Q4_0' | 'Q6_K', values: readonly number[], size: number) => {
    const bytes = new Uint8Array(size)
    quantisers[type]?.(
      Float32Array.from({ length: size === 210 ? 256 : 32 }, (_, index) => values[index] ?? 0),
      bytes,
    )
    return [...bytes]
  }
  it('of Q8_0 lands its largest on 127, and halves away from zero', () => {
    const [low, high, ...quants] = quantised('Q8_0', [127, 0.5, -0.5, 1.4, -127], 34)
    expect([low, high, ...quants.slice(0, 6)]).toEqual([0x00, 0x3c, 127, 1, 255, 1, 129, 0])
  })
  it('of Q4_0 lands its largest, with its sign, on 0, and keeps 16 apart what shares a byte', () => {
    const values = Array.from({ length: 32 }, (_, index) =>
      index === 0 ? -8 : index === 16 ? 8 : index === 17 ? 3 : 0,
    )
    const [low, high, ...quants] = quantised('Q4_0', values, 18)
    expect([low, high, ...quants.slice(0, 3)]).toEqual([0x00, 0x3c, 0xf0, 0xb8, 0x88])
  })
  it('of zeros is zeros', () => {
    expect(quantised('Q8_0', [], 34).every((byte) => byte === 0)).toBe(true)
    expect(quantised('Q4_0', [], 18).slice(0, 2)).toEqual([0, 0x80])
    expect(
      quantised('Q6_K', [], 210)
        .slice(192)
        .every((byte) => byte === 0 || byte === 0x80),
    ).toBe(true)
  })
})

it('random bits are half ones, in every place, and differ by seed and by name', () => {
  const draw = (seed: number, name: string) => {
    const words = new Uint32Array(20_000)
    randomBits(seed, name)(words)
    return words
  }
  const words = draw(0, 'a')
  for (let bit = 0; bit < 32; bit++) {
    const ones = words.reduce((sum, word) => sum + ((word >>> bit) & 1), 0)
    expect(Math.abs(ones - 10_000), `bit ${bit}`).toBeLessThan(400)
  }
  const equal = (other: Uint32Array) => words.filter((word, index) => word === other[index]).length
  expect([draw(0, 'a'), draw(1, 'a'), draw(0, 'b'), draw(2 ** 40, 'a')].map(equal)).toEqual([
    20_000, 0, 0, 0,
  ])
})
