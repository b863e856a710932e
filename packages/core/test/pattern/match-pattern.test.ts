import { describe, expect, it } from 'vitest'
import { patternMatcher } from '../../src/pattern/match-pattern.ts'
import { parsePattern } from '../../src/pattern/parse-pattern.ts'

function matches(source: string, text: string): boolean {
  const pattern = parsePattern(source)
  const matcher = pattern && patternMatcher(pattern)
  return matcher ? matcher(text) : expect.fail(`${source} is not followed`)
}

const texts = [
  '',
  'a',
  'b',
  'ab',
  'aab',
  'abc',
  'aaaa',
  '0',
  '42',
  'A-1',
  'a b',
  'a\nb',
  'é',
  '🙂',
  'a.b@c.org',
  '2024-12-31',
  '_x9',
  'foo bar',
  'foobar',
  '-',
  ']',
  '\\',
  '"q"',
  '\u2028',
]

describe('a pattern', () => {
  it.each([
    'a',
    '^a',
    'b$',
    '^$',
    '^a*$',
    '^(a|b)+$',
    '^(?:ab|a)(c|b)?$',
    '^a{2,3}',
    '^a{2}b$',
    '^[a-c]+$',
    '^[^a-c]+$',
    '[\\d]',
    '^\\d{4}-\\d{2}-\\d{2}$',
    '^\\w+$',
    '\\s',
    '^\\S+@\\S+$',
    '^.$',
    '^.*$',
    '\\bbar\\b',
    '\\Bbar',
    '^(?!a).+',
    '^(?=.*b)a',
    '(?<=a)b',
    '(?<!a)b',
    '^\\p{L}+$',
    '^[\\p{L}\\d]+$',
    '^\\P{L}',
    '^\\u{1F642}$',
    '^\\ud83d\\ude42$',
    '^[\\]\\-]$',
    '^[-a]+$',
    '^\\\\$',
    '(^a|b$)',
    'a|^b',
    '^(?<name>a)b',
    '^[^\\d\\s]+$',
    '^[\\D]$',
    '^(a?b?)*$',
    '^"',
    '',
    '^a+?b$',
    'a^b',
    '^(a|)$',
  ])('%s is found where JavaScript finds it', (source) => {
    const expression = new RegExp(source, 'u')
    for (const text of texts)
      expect(matches(source, text), JSON.stringify(text)).toBe(expression.test(text))
  })

  it.each(['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(a*)*b', '^(?=(a+)+$)a'])(
    '%s ends in time',
    (source) => {
      const startedAt = performance.now()
      matches(source, `${'a'.repeat(2_000)}!`)
      expect(performance.now() - startedAt).toBeLessThan(2_000)
    },
  )

  it('that is none, refers back or repeats too much is not followed', () => {
    expect(parsePattern('(')).toBeUndefined()
    expect(parsePattern('^(a)\\1$')).toBeUndefined()
    const large = parsePattern('^((a{1,1000}){1,1000})$')
    expect(large && patternMatcher(large)).toBeUndefined()
  })
})

it('groups in more than 500 others are not read', () => {
  const nest = (depth: number) => `${'('.repeat(depth)}a${')'.repeat(depth)}`
  expect(parsePattern(nest(500))).toMatchObject({ type: 'characters' })
  expect(parsePattern(nest(502))).toBeUndefined()
  expect(parsePattern(nest(3_000))).toBeUndefined()
})
