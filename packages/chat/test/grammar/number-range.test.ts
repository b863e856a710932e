import { describe, expect, it } from 'vitest'
import { integersIn, numbersIn } from '../../src/grammar/number-range.ts'
import { chances } from '../support/chances.ts'
import { languageOf } from '../support/gbnf.ts'

const chance = chances(12)

describe('integers of a range', () => {
  const ranges = [
    [0, 0],
    [-1, 1],
    [-9, -9],
    [9, 10],
    [99, 101],
    [-100, -99],
    [5, 1_000],
    [-1_000, 999],
    [0, 100],
    [-10, 0],
    [190, 1_210],
    [1_999, 2_001],
  ]
  for (let round = 0; round < 60; round++) {
    const min = chance.integer(-1_500, 1_500)
    ranges.push([min, min + chance.integer(0, chance.one([3, 40, 900]))])
  }

  it.each(ranges)('%i to %i are those, each of them', (min, max) => {
    const isAllowed = languageOf(() => integersIn({ min, max }) ?? 'none')
    const wrongValues = Array.from(
      { length: max - min + 401 },
      (_, index) => min - 200 + index,
    ).filter((value) => isAllowed(String(value)) !== (value >= min && value <= max))
    expect(wrongValues).toEqual([])
    for (const text of ['', '-', '+1', '00', '01', '-01', '1.0', '1e1', ' 1', '1 '])
      expect(isAllowed(text), text).toBe(false)
  })

  it.each([
    [-Infinity, 7],
    [-Infinity, -7],
    [-7, Infinity],
    [7, Infinity],
    [1_000, Infinity],
    [-Infinity, 0],
    [0, Infinity],
    [-Infinity, Infinity],
  ])('%d to %d have an open end', (min, max) => {
    const isAllowed = languageOf(() => integersIn({ min, max }) ?? 'none')
    for (const value of [
      0,
      1,
      6,
      7,
      8,
      9,
      10,
      99,
      100,
      999,
      1_000,
      1_001,
      123_456_789,
      10 ** 14,
    ].flatMap((value) => (value ? [value, -value] : [value]))) {
      expect(isAllowed(String(value)), String(value)).toBe(value >= min && value <= max)
    }
  })

  it('of many digits are told apart at both ends', () => {
    for (let round = 0; round < 200; round++) {
      const [min = 0, max = 0] = [
        chance.integer(-(10 ** 12), 10 ** 12),
        chance.integer(-(10 ** 12), 10 ** 12),
      ].toSorted((a, b) => a - b)
      const isAllowed = languageOf(() => integersIn({ min, max }) ?? 'none')
      const verdicts = [min - 1, min, min + 1, max - 1, max, max + 1].map(
        (value) => isAllowed(String(value)) === (value >= min && value <= max),
      )
      expect(verdicts, `${min} to ${max}`).not.toContain(false)
    }
  })
})

describe('numbers of a range', () => {
  const ranges: [min: number, max: number, excludesMin: boolean, excludesMax: boolean][] = [
    [0, 1, false, false],
    [0, 1, true, true],
    [-1, 0, true, false],
    [-1, 1, true, true],
    [-2, -1, false, true],
    [0, Infinity, true, false],
    [-Infinity, 0, false, true],
    [1, Infinity, true, false],
    [5, 5, false, false],
    [-Infinity, -3, false, false],
    [-5, Infinity, true, false],
  ]
  for (let round = 0; round < 30; round++) {
    const min = chance.integer(-30, 30)
    ranges.push([min, min + chance.integer(1, 120), chance() < 0.5, chance() < 0.5])
  }

  it.each(ranges)(
    '%d to %d are those (without the ends: %s, %s)',
    (min, max, excludesMin, excludesMax) => {
      const isAllowed = languageOf(
        () =>
          numbersIn({
            min,
            max,
            excludesMin,
            excludesMax,
          }) ?? 'none',
      )
      const isInside = (value: number) =>
        (excludesMin ? value > min : value >= min) && (excludesMax ? value < max : value <= max)
      const values = [-1, -0.5, -0.001, 0.001, 0.5, 1, 0.999, 1.5]
        .flatMap((step) =>
          [min, max, (Math.max(min, -99) + Math.min(max, 99)) / 2].map((value) => value + step),
        )
        .filter(Number.isFinite)
      for (const value of [...values, min, max, 0, 0.25, -0.25].filter(Number.isFinite)) {
        const text = String(Number(value.toFixed(6)))
        if (Number(text) === 0 && text !== '0') continue
        expect(isAllowed(text), text).toBe(isInside(Number(text)))
      }
      for (const text of ['-', '.5', '1.', '01.5', '-.5']) expect(isAllowed(text), text).toBe(false)
    },
  )

  it.each<
    [min: number, max: number, insideTexts: readonly string[], outsideTexts: readonly string[]]
  >([
    [0, Infinity, ['19.90', '19.9', '0', '0.00', '5.000000000000000001', '1e-3'], ['-1', '-0.5']],
    [0, 1, ['0.50', '1e-3', '1.0', '1', '0.999999999999999999999'], ['1.01', '2', '-0.1']],
    [0.5, 2.25, ['0.5', '0.50', '1', '2.25', '2.250', '2.2499'], ['0.49', '0', '2.251', '3']],
    [-2.5, -0.125, ['-2.5', '-0.125', '-1', '-0.1250'], ['-2.51', '-0.1249', '0', '1', '-3']],
    [-0.5, 0.5, ['-0.5', '0', '0.5', '-0.001', '-1e-9'], ['0.51', '-0.51', '1']],
    [1e-7, 1, ['0.0000001', '1e-7', '0.5'], ['0', '0.00000009']],
    [1e300, Infinity, ['1e300', '12345678901234567890123'], ['-1']],
  ])('%d to %d are written in any number of digits', (min, max, insideTexts, outsideTexts) => {
    const isAllowed = languageOf(() => numbersIn({ min, max }) ?? 'none')
    for (const text of insideTexts) expect(isAllowed(text), text).toBe(true)
    for (const text of outsideTexts) expect(isAllowed(text), text).toBe(false)
  })

  it('with fractions at both ends are told apart', () => {
    for (let round = 0; round < 150; round++) {
      const draw = () =>
        Number((chance.integer(-4_000, 4_000) / 10 ** chance.integer(0, 4)).toFixed(4))
      const [min = 0, max = 0] = [draw(), draw()].toSorted((a, b) => a - b)
      const [excludesMin, excludesMax] = [chance() < 0.5, chance() < 0.5]
      const rule = numbersIn({ min, max, excludesMin, excludesMax })
      if (rule === undefined) {
        expect(min).toBe(max)
        continue
      }
      const isAllowed = languageOf(() => rule)
      for (const step of [-1, -0.1, -0.0001, 0, 0.0001, 0.1, 1])
        for (const value of [min + step, max + step, (min + max) / 2 + step]) {
          const text = value.toFixed(chance.integer(4, 7)).replace(/^-(?=[0.]+$)/, '')
          const amount = Number(text)
          const isInside =
            (excludesMin ? amount > min : amount >= min) &&
            (excludesMax ? amount < max : amount <= max)
          expect(isAllowed(text), `${text} from ${min} to ${max}`).toBe(isInside)
        }
    }
  })

  it('are none where the ends cross or leave nothing', () => {
    expect(numbersIn({ min: 2, max: 1 })).toBeUndefined()
    expect(numbersIn({ min: 1, max: 1, excludesMax: true })).toBeUndefined()
    expect(integersIn({ min: 0.2, max: 0.8 })).toBeUndefined()
  })

  it('without bounds are all that JSON has', () => {
    const isAllowed = languageOf(() => numbersIn({ min: -Infinity, max: Infinity }) ?? 'none')
    const longNumber = '1234567890'.repeat(5)
    for (const text of [
      '0',
      '-0',
      '1.5',
      '-12.25',
      '1e9',
      '2.5E-3',
      '1e+10',
      '0.1',
      longNumber,
      `0.${longNumber}`,
    ])
      expect(isAllowed(text), text).toBe(true)
    for (const text of ['.5', '1.', '01', '1e', '+1', 'NaN', 'Infinity', '-'])
      expect(isAllowed(text), text).toBe(false)
  })
})

it.each<[min: number, max: number, within: readonly string[], beyond: readonly string[]]>([
  [0, 1, ['1e0', '1.0E-0', '9e-1', '9.5e-01', '1e-300'], ['2e0', '1.1e0', '1e1', '2e+5']],
  [1, 5, ['1e0', '5e0', '4.9e+00'], ['5.1e0', '6e0', '9e-1', '1e1']],
  [0.1, 0.25, ['1e-1', '2.5e-1', '1.75e-1'], ['2.6e-1', '9e-2', '1e0', '3e-1']],
  [0.05, 500, ['5e-2', '9e-2', '9.9e1', '5e2', '1e2'], ['4e-2', '5.1e2', '6e2', '1e3', '9e-3']],
  [-20, -3, ['-3e0', '-9e0', '-2e1', '-1.5e1'], ['-2e0', '-2.1e1', '-9e1', '3e0']],
  [1e-7, 2e-7, ['1e-7', '1.5e-07', '2e-7'], ['2.1e-7', '9e-8', '1e-6']],
  [1e21, 3e22, ['1e21', '9e21', '3e22'], ['9e20', '4e22', '1e23']],
])('numbers from %d to %d with an exponent hold to both', (min, max, within, beyond) => {
  const isAllowed = languageOf(() => numbersIn({ min, max }) ?? '')
  for (const text of within) expect(isAllowed(text), text).toBe(true)
  for (const text of beyond) expect(isAllowed(text), text).toBe(false)
})

it('an integer with an exponent is whole and finite', () => {
  const isAllowed = languageOf(() => integersIn({ min: -Infinity, max: Infinity }) ?? 'none')
  for (const value of [1e21, 1.5e21, -1.25e300, 1e307, 1e308, 1.5e308])
    expect(isAllowed(String(value)), String(value)).toBe(true)
  for (const text of ['1.5e10', '1.5', '1e999', '9e308', '1e-5'])
    expect(isAllowed(text), text).toBe(false)
})
