import { describe, expect, it } from 'vitest'
import { toEbnf, toHex } from '../../src/grammar/to-ebnf.ts'
import { utf8Ranges } from '../../src/grammar/utf8-ranges.ts'

describe('utf8Ranges', () => {
  const points = [
    0, 0x61, 0x7f, 0x80, 0xe9, 0x7ff, 0x800, 0xfff, 0x1000, 0x65e5, 0xd7ff, 0xe000, 0xffff, 0x10000,
    0x1f642, 0x3ffff, 0x40000, 0x100000, 0x10ffff,
  ]

  it('matches the bytes of the code points in a range, and of no others', () => {
    for (const from of points) {
      for (const to of points.filter((to) => to >= from)) {
        const sequences = utf8Ranges([from, to])
        for (const point of points) {
          const bytes = Buffer.from(String.fromCodePoint(point))
          const matchingSequences = sequences.filter(
            (ranges) =>
              ranges.length === bytes.length &&
              ranges.every(
                ([min, max], index) =>
                  bytes.readUInt8(index) >= min && bytes.readUInt8(index) <= max,
              ),
          )
          expect(matchingSequences.length, `${point} in ${from} to ${to}`).toBe(
            point >= from && point <= to ? 1 : 0,
          )
        }
      }
    }
  })
  it('matches nothing for surrogates', () => expect(utf8Ranges([0xd800, 0xdfff])).toEqual([]))
})

describe('toEbnf', () => {
  it('writes text as the digits of its bytes, without escapes', () => {
    expect(toEbnf(String.raw`root ::= "a\"é\n\U0001F642" "" | "[b]."`)).toBe(
      'root ::= "6122c3a90af09f9982" "" | "5b625d2e"',
    )
  })
  it('gives each set of characters one rule', () => {
    expect(toEbnf('root ::= [a-c] [a-c]* | other{2,5}\nother ::= [\\n]')).toBe(
      [
        'root ::= set-of-characters-0 set-of-characters-0* | other{2,5}',
        'other ::= set-of-characters-1',
        'set-of-characters-0 ::= "6" [123]',
        'set-of-characters-1 ::= "0" "a"',
      ].join('\n'),
    )
  })
  it('leaves out comments', () => {
    expect(toEbnf('root ::= "1" # a digit, "quoted" [or not]\nother ::= "2"')).toBe(
      'root ::= "31" \nother ::= "32"',
    )
  })
  it('reads the dot, escaped brackets and ranges', () => {
    expect(toEbnf('root ::= .')).toContain(
      'set-of-characters-0 ::= [01234567] [0123456789abcdef] | ("c" [23456789abcdef] | "d" ',
    )
    expect(toEbnf(String.raw`root ::= [\]\\-]`)).toContain('::= "5" "d" | "5" "c" | "2" "d"')
    expect(toEbnf('root ::= [0-9a-z]')).toContain(
      '::= "3" [0123456789] | ("6" [123456789abcdef] | "7" [0123456789a])',
    )
  })
})

it('toHex writes two digits per byte', () =>
  expect(toHex(Uint8Array.of(0, 10, 255))).toBe('000aff'))
