import { describe, expect, it } from 'vitest'
import { literal, repeat } from '../../src/grammar/grammar-builder.ts'
import { languageOf } from '../support/gbnf.ts'

describe('a repetition', () => {
  it.each([
    [0, 1],
    [0, 256],
    [3, 257],
    [0, 511],
    [0, 512],
    [256, 256],
    [257, 513],
    [1_999, 2_001],
    [0, 2_500],
    [3_000, 3_001],
    [65_535, 65_793],
  ])('of %i to %i is that many, to the last', (min, max) => {
    const isAllowed = languageOf((grammar) => repeat(grammar, '("a" | "b" [0-9]{1})', { min, max }))
    for (const count of new Set([
      min - 1,
      min,
      min + 1,
      Math.floor((min + max) / 2),
      255,
      256,
      257,
      max - 1,
      max,
      max + 1,
    ])) {
      if (count >= 0)
        expect(isAllowed('ab1'.repeat(count / 2) + 'a'.repeat(count % 2)), String(count)).toBe(
          count >= min && count <= max,
        )
    }
  })

  it('without an end has only a beginning', () => {
    const isAllowed = languageOf((grammar) => repeat(grammar, '"ab"', { min: 600 }))
    expect([599, 600, 5_000].map((count) => isAllowed('ab'.repeat(count)))).toEqual([
      false,
      true,
      true,
    ])
  })

  it('of what has many parts is no longer to llama.cpp than one of a letter', () => {
    const parts = Array.from({ length: 30 }, () => '("a"?)').join(' ')
    const isAllowed = languageOf((grammar) => repeat(grammar, `${parts} "b"`, { min: 0, max: 250 }))
    expect([isAllowed('ab'.repeat(250)), isAllowed('ab'.repeat(251))]).toEqual([true, false])
  })

  it.each([
    ['*', 0, Infinity],
    ['+', 1, Infinity],
    ['?', 0, 1],
  ])('of thousands of parts with %s is one of a rule to llama.cpp', (_mark, min, max) => {
    for (const [part, count] of [
      ['("a"*)?', 1_000],
      ['"a"{0,250}', 12],
    ] as const) {
      const body = Array.from({ length: count }, () => part).join(' ')
      const isAllowed = languageOf((grammar) => repeat(grammar, `${body} "c"`, { min, max }))
      expect([isAllowed('c'), isAllowed('cc'), isAllowed('')]).toEqual([true, max > 1, min < 1])
    }
  })

  it('of none is nothing', () => {
    const isAllowed = languageOf((grammar) => repeat(grammar, '"a"', { min: 0, max: 0 }))
    expect([isAllowed(''), isAllowed('a')]).toEqual([true, false])
  })
})

it('a literal is its text, controls too', () => {
  const text = '\b\f\n\t"\\b\\\\f\u007f[é💡]'
  expect(languageOf(() => literal(text))(text)).toBe(true)
})
