import { describe, expect, it } from 'vitest'
import { toAscii, toEbnf } from '../../src/grammar/to-ebnf.ts'
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
  it('writes letters and digits as themselves, and bytes beyond ASCII as pairs', () => {
    expect(toEbnf(String.raw`root ::= "a1\"é\n" "" | "[b]."`)).toBe(
      String.raw`root ::= "a1\u0022\u001c3\u001a9\u000a" "" | "\u005bb\u005d\u002e"`,
    )
  })
  it('writes a set of ASCII as it is, and gives each other set one rule', () => {
    expect(toEbnf('root ::= [a-c] [é]* | other{2,5}\nother ::= [é] [\\n]')).toBe(
      [
        'root ::= [a-c] set-of-characters-0* | other{2,5}',
        String.raw`other ::= set-of-characters-0 [\u000a-\u000a]`,
        String.raw`set-of-characters-0 ::= [\u001c-\u001c] [3] [\u001a-\u001a] [9]`,
      ].join('\n'),
    )
  })
  it('gives all optional spaces one rule', () => {
    expect(toEbnf('root ::= "1" " "? "2" " "?')).toBe(
      'root ::= "1" optional-space "2" optional-space\noptional-space ::= " "?',
    )
  })
  it('leaves out comments', () => {
    expect(toEbnf('root ::= "1" # a digit, "quoted" [or not]\nother ::= "2"')).toBe(
      'root ::= "1" \nother ::= "2"',
    )
  })
  it('reads the dot, escaped brackets and ranges', () => {
    expect(toEbnf('root ::= .')).toContain(
      String.raw`::= [\u0001-\u000f\u0020-\u007f] | [\u0010-\u0010] [0] | [\u0011-\u0011] [0123`,
    )
    expect(toEbnf(String.raw`root ::= [\]\\-]`)).toBe(
      String.raw`root ::= [\u005d-\u005d\u005c-\u005c\u002d-\u002d]`,
    )
    expect(toEbnf('root ::= [^\\x00-`c-\\U0010FFFF]')).toBe('root ::= [a-b]')
  })
})

it('toAscii leaves most of ASCII as it is, and writes other bytes as pairs', () => {
  expect(toAscii(Uint8Array.of(0, 10, 16, 31, 97, 255))).toBe('\u00100\n\u00110\u0011fa\u001ff')
  const written = Array.from({ length: 256 }, (_, byte) => toAscii(Uint8Array.of(byte)))
  for (const text of written)
    expect(written.filter((other) => other.startsWith(text))).toEqual([text])
})
