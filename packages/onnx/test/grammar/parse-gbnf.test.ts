import { describe, expect, it } from 'vitest'
import { parseGbnf } from '../../src/grammar/parse-gbnf.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (content: string) => ({ type: 'text', bytes: bytes(content) })
const rootOf = (body: string) => parseGbnf(`root ::= ${body}`).get('root')

describe('parseGbnf', () => {
  it('reads texts with every escape', () => {
    expect(rootOf(String.raw`"a\"\\é\n\x41\u00e9\U0001F642"`)).toEqual(text('a"\\é\nAé🙂'))
    expect(rootOf('""')).toEqual(text(''))
  })
  it('reads sets of characters as their bytes', () => {
    expect(rootOf('[a-c_]')).toEqual({
      type: 'byte',
      ranges: [
        [97, 99],
        [95, 95],
      ],
    })
    expect(rootOf(String.raw`[\]\\^-]`)).toEqual({
      type: 'byte',
      ranges: [93, 92, 94, 45].map((byte) => [byte, byte]),
    })
    expect(rootOf('[é]')).toEqual({
      type: 'sequence',
      first: { type: 'byte', ranges: [[0xc3, 0xc3]] },
      second: { type: 'byte', ranges: [[0xa9, 0xa9]] },
    })
    expect(rootOf(String.raw`[^\x00-` + '`c-\\U0010FFFF]')).toEqual(rootOf('[a-b]'))
    expect(rootOf('.')).toEqual(rootOf('[^]'))
  })
  it('reads choices, sequences and groups', () => {
    expect(rootOf('"1" ("2" | "3" "4") | "5"')).toEqual({
      type: 'choice',
      options: [
        {
          type: 'sequence',
          first: text('1'),
          second: {
            type: 'choice',
            options: [text('2'), { type: 'sequence', first: text('3'), second: text('4') }],
          },
        },
        text('5'),
      ],
    })
  })
  it.each([
    ['?', 0, 1],
    ['*', 0, Infinity],
    ['+', 1, Infinity],
    ['{3}', 3, 3],
    ['{0}', 0, 0],
    ['{3,}', 3, Infinity],
    ['{3,5}', 3, 5],
  ])('reads %s after what is repeated', (mark, min, max) => {
    expect(rootOf(`"1"${mark}`)).toEqual({ type: 'repetition', body: text('1'), min, max })
  })
  it('reads rules on any number of lines, and leaves out comments', () => {
    const rules = parseGbnf(
      'root ::= a-1 # "quoted" [or not] (\n  | B\n\na-1::="1"\n# the last\nB ::= "2"\n',
    )
    expect([...rules.keys()]).toEqual(['root', 'a-1', 'B'])
    expect(rules.get('root')).toEqual({
      type: 'choice',
      options: ['a-1', 'B'].map((name) => ({ type: 'rule', name })),
    })
  })
  it('reads groups in groups, however many', () => {
    expect(rootOf(`${'('.repeat(90_000)}"1"${')'.repeat(90_000)}`)).toEqual(text('1'))
  })
  it.each([
    ['root ::= nowhere', 'it has no rule nowhere'],
    ['other ::= "1"', 'it has no rule root'],
    ['root ::= ("1"', 'a parenthesis is not closed'],
    ['root ::= "1")', 'a parenthesis is closed that is not open'],
    ['root ::= *', 'nothing stands before *'],
    ['"1"', '"1" stands outside of a rule'],
    ['root ::= "1', 'it has no meaning from "1 on'],
    ['root ::= "1" & "2"', 'it has no meaning from & "2" on'],
  ])('refuses %s', (gbnf, reason) => {
    expect(() => parseGbnf(gbnf)).toThrow(
      expect.objectContaining({ code: 'internal', message: expect.stringContaining(reason) }),
    )
  })
})
