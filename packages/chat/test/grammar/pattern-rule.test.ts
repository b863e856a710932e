import { parsePattern } from '@nano/core/driver'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { patternMatcher } from '../../../core/src/pattern/match-pattern.ts'
import { patternRule } from '../../src/grammar/pattern-rule.ts'
import { drawnPatterns, drawnTexts } from '../support/drawn-patterns.ts'
import { languageOf } from '../support/gbnf.ts'

/** Whether the rule of a pattern is exact, and has a text between quotes. */
function compareRule(source: string, texts: readonly string[]): number {
  const pattern = parsePattern(source) ?? expect.fail(`${source} is not read`)
  const matches = patternMatcher(pattern) ?? expect.fail(`${source} is not followed`)
  let isExact = false
  const isAllowed = languageOf((grammar) => {
    const rule = patternRule(grammar, pattern)
    isExact = rule.isExact
    return grammar.addRule('text', () => rule.body)
  })
  let foundCount = 0
  for (const text of texts) {
    const isFound = matches(text)
    const isSaid = isAllowed(JSON.stringify(text).slice(1, -1))
    expect(isFound && !isSaid, `${JSON.stringify([source, text])} is refused`).toBe(false)
    expect(isExact && isSaid && !isFound, `${JSON.stringify([source, text])} is let`).toBe(false)
    if (isFound) foundCount++
  }
  return foundCount
}

it('the rule of a drawn pattern has its texts, and no others where it is exact', () => {
  let foundCount = 0
  fc.assert(
    fc.property(
      fc.constantFrom('^', '', '^(?=a)', '(?<=a)', '\\b'),
      drawnPatterns,
      fc.constantFrom('$', '', '\\b'),
      drawnTexts,
      (start, body, end, texts) => {
        foundCount += compareRule(`${start}(${body})${end}`, texts)
      },
    ),
    { numRuns: 300 },
  )
  expect(foundCount).toBeGreaterThan(1_000)
})

it.each([
  ['^(?i:ab)c$', ['abc', 'ABc', 'aBc', 'abC', '?i:abc']],
  ['^(?m:^a$)', ['a', 'a\nb', 'b\na']],
  ['^\\pL+$', ['pL', 'pLL', 'é']],
  ['^[\\1\\c1]\\012$', ['\u0001\n', '\u0011\n', '1\n']],
  ['^a\\x1$', ['ax1', 'a\u0001']],
])('the rule of %s has what the pattern has', (source, texts) => {
  expect(compareRule(source, texts)).toBeGreaterThan(0)
})

it.each([
  ['a?', 200, 'a'.repeat(100)],
  ['a*', 900, 'a'.repeat(100)],
  ['a?b?', 200, 'ab'.repeat(50)],
  ['(a|b|)', 600, 'ab'.repeat(50)],
  ['(a*b?)', 300, 'aab'.repeat(50)],
])('%s, which may be empty, %i times is read in time', (source, count, text) => {
  const pattern = parsePattern(`^${source.repeat(count)}$`) ?? expect.fail()
  const isAllowed = languageOf((grammar) =>
    grammar.addRule('text', () => patternRule(grammar, pattern).body),
  )
  const startedAt = performance.now()
  expect([isAllowed(text), isAllowed(`${text}c`)]).toEqual([true, false])
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})
