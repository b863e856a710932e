import * as fc from 'fast-check'

const atoms = 'a a b b c . [ab] [^a] \\d (a?b?) (a?b?) (a*b?c?)'.split(' ')
const counts = '* + ? {2} {0,2} {1,3} {2,} {0} *?'.split(' ')

/** The sources of patterns of few characters, with repetitions and choices in each other. */
export const drawnPatterns: fc.Arbitrary<string> = fc.letrec<{ source: string; term: string }>(
  (tie) => ({
    source: fc
      .tuple(fc.constantFrom('', '', '|'), fc.array(tie('term'), { maxLength: 4 }))
      .map(([separator, parts]) => parts.join(separator)),
    term: fc.oneof(
      { maxDepth: 5 },
      { weight: 2, arbitrary: fc.constantFrom(...atoms) },
      {
        weight: 3,
        arbitrary: fc
          .tuple(tie('source'), fc.constantFrom('', ...counts))
          .map(([body, count]) => `(${body})${count}`),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(tie('term'), fc.constantFrom(2, 3))
          .map(([body, count]) => body.repeat(count)),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom(...atoms), fc.constantFrom(...counts))
          .map(([body, count]) => `${body}${count}`),
      },
    ),
  }),
).source

/** Texts that patterns of few characters may have. */
export const drawnTexts = fc.array(
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'ab', 'ab', '1', '"'), maxLength: 7 }),
  { minLength: 20, maxLength: 20 },
)
