import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { patternMatcher } from '../../src/pattern/match-pattern.ts'
import { findPatternFault } from '../../src/pattern/find-pattern-fault.ts'
import { parsePattern } from '../../src/pattern/parse-pattern.ts'

/** A regular expression of JavaScript, read as `parsePattern` does; undefined where it is none. */
function expressionOf(source: string): RegExp | undefined {
  for (const flags of ['u', ''])
    try {
      return new RegExp(source, flags)
    } catch {
      // Another flag may do.
    }
  return undefined
}

const listWords = (words: string) => words.trim().split(/\s+/)

const atoms = [
  ' ',
  ...listWords(String.raw`a b k s S K 1 0 _ - é ſ , } ] { / . ^ $ \b \B a{ a{1 a{1, a{,2} {}`),
  ...listWords(String.raw`\d \D \w \W \s \S \n \t \v \f \r \0 \cJ \ca \c1 \c \01 \012 \7 \8 \141`),
  ...listWords(String.raw`\400 \1 \2 \x41 \x4 \x \u0061 \u006 \u \u{61} \u{61 \u{} \u{00000061}`),
  ...listWords(String.raw`\ud83d \ud83d\ude42 \p{L} \P{L} \p{Script=Greek} \pL \PL \p \p{ \p{Foo}`),
  ...listWords(String.raw`\k \k<x> \a \z \A \e \- \. \\ \/ \] \{`),
]
const members = [
  ...listWords(String.raw`a b k s 1 - ^ [ ( | \b \B \d \W \s \] a-k a- -a \w-a a-\d \d-\w --a`),
  ...listWords(String.raw`+-- \x41-\x4b \0-\x1f \1 \012 \8 \c1 \c_ \cJ \c \x1 \u006 \p{L} \pL`),
  ...listWords(String.raw`\P{Lu} \u{61} \u0061 \- \k é S-a`),
]
const openings = listWords('( (?: (?= (?! (?<= (?<! (?<x> (?i: (?-i: (?s: (?m: (?i-s: (?ms:')
const counts = listWords('* + ? *? +? ?? {0} {2} {1,} {0,2} {1,3}? {00002}')

const { source: sources } = fc.letrec<{ source: string; term: string }>((tie) => ({
  source: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.array(tie('term'), { maxLength: 4 }).map((parts) => parts.join('')),
    },
    {
      weight: 1,
      arbitrary: fc.array(tie('term'), { maxLength: 3 }).map((parts) => parts.join('|')),
    },
  ),
  term: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 5, arbitrary: fc.constantFrom(...atoms) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('[', '[^'), fc.array(fc.constantFrom(...members), { maxLength: 3 }))
        .map(([opening, parts]) => `${opening}${parts.join('')}]`),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom(...openings), tie('source'))
        .map(([opening, body]) => `${opening}${body})`),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(tie('term'), fc.constantFrom(...counts))
        .map(([body, count]) => `${body}${count}`),
    },
  ),
}))

const characters = 'abkKsSlLpu018-_ ,{}[]\\/c^.éαΩ\n\t\b\v\u2028\u0001\u0011A'
const texts = fc.string({ unit: fc.constantFrom(...characters, 'ab', '\u{1F642}'), maxLength: 6 })

const knownFaults =
  /^(?:refers back|ignores the case|has \\(?:[pP]\{|u\{)|is no regular expression of JavaScript)/

/**
 * Whether V8 forgets that a choice of characters ignores their case, or JavaScript reads the two
 * halves of a character as two without the flag, which a pattern has as one.
 */
function isMisread(source: string, { unicode }: RegExp): boolean {
  const hasFoldedChoice = /\(\?[ms]*i/.test(source) && source.includes('|')
  return hasFoldedChoice || (!unicode && source.includes('\\ud83d\\ude42'))
}

it('a drawn pattern is found where JavaScript finds it, and not elsewhere', () => {
  const seen = { found: 0, absent: 0, refused: 0 }
  fc.assert(
    fc.property(
      sources,
      fc.boolean(),
      fc.array(texts, { minLength: 20, maxLength: 20 }),
      (body, isAnchored, drawnTexts) => {
        const source = isAnchored ? `^(?:${body})$` : body
        const expression = expressionOf(source)
        const pattern = parsePattern(source)
        if (expression && isMisread(source, expression)) return
        if (!pattern || !expression) {
          expect(findPatternFault(source)).toMatch(knownFaults)
          expect(pattern).toBeUndefined()
          seen.refused++
          return
        }
        const matches = patternMatcher(pattern)
        for (const text of drawnTexts) {
          // JavaScript counts halves of characters without the flag, and V8 finds what has no width
          // between two halves; a pattern has whole characters alone.
          const hasPairs = /[^\0-\uFFFF]/u.test(text)
          if (hasPairs && !(isAnchored && expression.unicode)) continue
          const isFound = expression.test(text)
          expect(matches?.(text), JSON.stringify([source, text])).toBe(isFound)
          seen[isFound ? 'found' : 'absent']++
        }
      },
    ),
    { numRuns: 3_000 },
  )
  expect(seen.found).toBeGreaterThan(5_000)
  expect(seen.absent).toBeGreaterThan(5_000)
  expect(seen.refused).toBeLessThan(1_500)
})
