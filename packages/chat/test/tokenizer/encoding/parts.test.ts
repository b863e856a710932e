import { expect, it } from 'vitest'
import { normalizer } from '../../../src/tokenizer/encoding/normalizer.ts'
import { preTokenizer } from '../../../src/tokenizer/encoding/pre-tokenizer.ts'
import { expected } from '../reference.ts'

const partOf = (fields: { readonly type: string }) => ({
  type: fields.type,
  role: 'part',
  name: 'x',
  fields,
})
const split = (behavior: string, invert: boolean) => ({
  type: 'Split',
  pattern: { Regex: '\\s|\\d' },
  behavior,
  invert,
})

/** The pieces that the reference prints, joined by bars. */
it.each<[part: { readonly type: string }, pieces: string]>([
  [{ type: 'Whitespace' }, "it|'|s|12|,|5|km|/|h|…|Да|!"],
  [{ type: 'WhitespaceSplit' }, "it's|12,5|km/h…|Да!"],
  [{ type: 'BertPreTokenizer' }, "it|'|s|12|,|5|km|/|h|…|Да|!"],
  [{ type: 'CharDelimiterSplit', delimiter: ' ' } as { type: string }, "it's|12,5|km/h…\tДа!"],
  [{ type: 'Digits', individual_digits: false } as { type: string }, "it's |12|,|5|  km/h…\tДа!"],
  [split('Isolated', false), "it's| |1|2|,|5| | |km/h…|\t|Да!"],
  [split('Isolated', true), "it's| |1|2|,|5| | |km/h…|\t|Да!"],
  [split('Removed', false), "it's|,|km/h…|Да!"],
  [split('Removed', true), ' |1|2|5| | |\t'],
  [split('MergedWithPrevious', false), "it's |1|2|,5| | |km/h…\t|Да!"],
  [split('MergedWithPrevious', true), "it's| |1|2,|5| | km/h…|\tДа!"],
  [split('MergedWithNext', false), "it's| |1|2,|5| | km/h…|\tДа!"],
  [split('MergedWithNext', true), "it's |1|2|,5| | |km/h…\t|Да!"],
  [split('Contiguous', false), "it's| 12|,|5  |km/h…|\t|Да!"],
])(`%o cuts text as ${expected.madeBy} does`, (part, pieces) => {
  const cutText = preTokenizer(partOf(part))
  const texts = cutText({ text: "it's 12,5  km/h…\tДа!", offset: 0 }).map(({ text }) => text)
  expect(texts.join('|')).toBe(pieces)
})

it.each<[part: { readonly type: string }, text: string]>([
  [{ type: 'NFKD' }, '  Ae\u0301ΑΣ I\u0307  '],
  [{ type: 'Lowercase' }, '  ａe\u0301ασ i\u0307  '],
  [{ type: 'StripAccents' }, '  ＡeΑΣ İ  '],
  [{ type: 'Strip', strip_left: true } as { type: string }, 'Ａe\u0301ΑΣ İ  '],
  [{ type: 'Strip', strip_right: true } as { type: string }, '  Ａe\u0301ΑΣ İ'],
  [{ type: 'ByteLevel' }, 'ĠĠï¼¡eÌģÎĳÎ£ĠÄ°ĠĠ'],
  [
    { type: 'Replace', pattern: { Regex: '\\s+' }, content: '$&' } as { type: string },
    '$&Ａe\u0301ΑΣ$&İ$&',
  ],
])(`%o changes text as ${expected.madeBy} does`, (part, text) => {
  expect(normalizer(partOf(part))('  Ａe\u0301ΑΣ İ  ')).toBe(text)
})
