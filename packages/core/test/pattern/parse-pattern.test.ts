import { describe, expect, it } from 'vitest'
import { findPatternFault } from '../../src/pattern/find-pattern-fault.ts'
import { patternMatcher } from '../../src/pattern/match-pattern.ts'
import { parsePattern } from '../../src/pattern/parse-pattern.ts'

function matches(source: string, text: string): boolean | undefined {
  const pattern = parsePattern(source)
  return pattern && patternMatcher(pattern)?.(text)
}

const constructs = String.raw`
  \pL \p{Script=Greek} \u{1F642} \ud83d\ude42 \x41 \cJ \c1 \012 (?<name>a)\k<name> (?i:b)
  (?ims-ims:b) (?<=a)b (?<!a)b (?!a)b (?=a) a{2,3} [a-\w] [\pL\p{L}] [\u{41}-\u{42}] [\c1]
  [^\ud83d\ude42]`

it.each(constructs.trim().split(/\s+/))(
  'every prefix of %s is read or refused, as JavaScript does',
  (construct) => {
    for (let length = 0; length <= construct.length; length++)
      for (const context of ['', 'a', '[', 'a|(']) {
        const source = context + construct.slice(0, length)
        const isRead = parsePattern(source) !== undefined
        expect(isRead || findPatternFault(source), source).toBeTruthy()
        if (!construct.startsWith('[') && context === '' && isRead)
          expect(() => new RegExp(source), source).not.toThrow()
      }
  },
)

it.each([
  ['^\\pL+$', 'pLLL', 'abc'],
  ['^\\p$', 'p', 'a'],
  ['^[\\pL]$', 'L', 'a'],
  ['^\\u{41$', 'u{41', 'A'],
  ['^a\\Pa$', 'aPa', 'ab'],
  ['^\\012\\x1$', '\nx1', '012x1'],
  ['^[\\1]$', '\u0001', '1'],
  ['^\\c1$', '\\c1', '\u0011'],
  ['^[\\c1]$', '\u0011', '1'],
  ['^\\k<a>$', 'k<a>', 'a'],
  ['^(a)\\2$', 'a\u0002', 'aa'],
  ['^[\\w--a]$', '-', '.'],
  ['^a{0000000000000000000000000000000000000000002}$', 'aa', 'a'],
])('%s means what it does to JavaScript', (source, found, absent) => {
  for (const text of [found, absent])
    expect([text, matches(source, text)]).toEqual([text, new RegExp(source).test(text)])
  expect(matches(source, found)).toBe(true)
})

it.each([
  ['^(?i:abc)$', ['abc', 'aBC'], ['?i:abc', 'abd']],
  ['^(?i:[^a-c]|\\d)d$', ['xd', '1d'], ['Ad', 'xD']],
  ['^(?i:k|s)$', ['K', '\u212a', 'ſ'], ['x']],
  ['^(?i:a(?-i:b))$', ['Ab'], ['AB']],
  ['(?m:^a$)', ['b\na\nb', 'a'], ['b a']],
  ['^a(?s:.)b$', ['a\nb'], ['ab']],
  ['^(?s-i:a.(?-s:.))$', ['a\nb'], ['a\n\n']],
])('the modifiers of %s are followed', (source, found, absent) => {
  expect(found.map((text) => matches(source, text))).toEqual(found.map(() => true))
  expect(absent.map((text) => matches(source, text))).toEqual(absent.map(() => false))
})

describe('a pattern that cannot be followed is refused by what is wrong with it', () => {
  it.each([
    ['(', 'unterminated group'],
    ['[z-a]', 'range out of order'],
    ['(?i)a', 'invalid group'],
    ['(a)\\1', 'refers back'],
    ['(?<x>a)\\k<x>', 'refers back'],
    ['\\p{IsGreek}', 'has \\p{IsGreek}, which needs the flag u'],
    ['[\\p{Foo}a]', 'has \\p{Foo}'],
    ['[\\w-.]\\p{L}', 'has \\p{L}'],
    ['[\\w-.]\\u{41}', 'has \\u{41}'],
    ['(?i:é)', 'beyond ASCII'],
    ['(?i:\\p{Lu})', 'beyond ASCII'],
    ['a'.repeat(10_001), 'more than 10000 characters'],
    ['('.repeat(502) + ')'.repeat(502), 'more than 500 others'],
    ['^((a{1,1000}){1,1000})$', 'repeats so much'],
  ])('%s', (source, fault) => {
    expect(findPatternFault(source)).toContain(fault)
  })
})

it.each([
  '(?:){999999999999999}',
  '(((a{0}){999999}){999999}){999999}',
  '((((?=a)|){1000}){1000}){1000}',
  '(?=(?=(?=(?=b|a{1000}){1000}){1000}){1000})',
  'a{99999999999999999999999}',
])('what repeats nothing or too much is read in time: %s', (source) => {
  const startedAt = performance.now()
  matches(source, 'ab')
  expect(performance.now() - startedAt).toBeLessThan(500)
})

it('looks in looks are followed in time', () => {
  let source = 'a'
  for (let depth = 0; depth < 12; depth++) source = `(?=.*${source})`
  const startedAt = performance.now()
  expect(matches(source, `${'b'.repeat(500)}a`)).toBe(true)
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})
