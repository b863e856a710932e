import { parsePattern } from '@nano/core/driver'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { longestTurn } from '../../../../test/shared/longest-turn.ts'
import { patternMatcher } from '../../../core/src/pattern/match-pattern.ts'
import { simplifyPattern } from '../../src/grammar/simplify-pattern.ts'
import { drawnPatterns, drawnTexts } from '../support/drawn-patterns.ts'

const parse = (source: string) => parsePattern(source) ?? expect.fail(`${source} is not read`)

it('a simplified pattern has the same texts', () => {
  let foundCount = 0
  fc.assert(
    fc.property(drawnPatterns, drawnTexts, (body, texts) => {
      const pattern = parse(`^(${body})$`)
      const matches = patternMatcher(pattern)
      const matchesSimplified = patternMatcher(simplifyPattern(pattern))
      // Too many repetitions are not followed.
      if (!matches) return
      for (const text of texts) {
        expect(matchesSimplified?.(text), JSON.stringify([body, text])).toBe(matches(text))
        if (matches(text)) foundCount++
      }
    }),
    { numRuns: 2_000 },
  )
  expect(foundCount).toBeGreaterThan(2_000)
})

it.each([
  ['a?a?a?', 'a{0,3}'],
  ['a?a{2}aa*', 'a{3,}'],
  ['(a?b?)*', '(a|b)*'],
  ['(a*b?a*b?a*b?)+', '(a|b)*'],
  ['((a+)+)*', 'a*'],
  ['(a*){7}', 'a*'],
  ['(a{1,2}){3}', 'a{3,6}'],
  ['(a|b|)(a|b|)', '(a|b){0,2}'],
  ['a?b?a?b?c', '(a{1,1}b?|b{1,1}){0,2}c'],
  ['(a{2,3}){3}', '(a{2,3}){3}'],
  ['(a?b?)(a?b?)(a?b?)', '(a{1,1}b?|b{1,1}){0,3}'],
  ['(ab|ab)+', '(ab)+'],
])('%s becomes %s', (source, simpleSource) => {
  expect(simplifyPattern(parse(source))).toEqual(parse(simpleSource))
})

it('a long pattern is simplified in a short turn', () => {
  const nest = (depth: number, count: string): string =>
    depth === 0 ? 'a?' : `(${nest(depth - 1, count)}b?)${count}c?`
  const sources = [nest(400, '*'), nest(350, '{2,3}'), 'a?b?c?d?'.repeat(500), '(a|b|)'.repeat(600)]
  for (const source of sources) {
    const pattern = parse(source)
    const turn = longestTurn(function* () {
      simplifyPattern(pattern)
    })
    expect(turn).toBeLessThan(20)
  }
})
