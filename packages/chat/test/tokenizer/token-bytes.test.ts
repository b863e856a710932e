import { describe, expect, it } from 'vitest'
import { pieceDecoder, pieceReader, tokenPiece } from '../../src/tokenizer/token-bytes.ts'

const encoder = new TextEncoder()

/** Decodes each of these as a token: text, bytes, or the name of a control token. */
function decode(tokens: readonly (string | readonly number[] | { control: string })[]): string[] {
  const pieces = tokens.map((token) => {
    if (typeof token === 'string') return tokenPiece(encoder.encode(token), false)
    return 'control' in token
      ? tokenPiece(encoder.encode(token.control), true)
      : tokenPiece(Uint8Array.from(token), false)
  })
  const decoder = pieceDecoder((token) => pieces[token] ?? expect.fail('no such token'), {
    shownControlTokens: [],
  })
  return [...pieces.map((_, token) => decoder.push(token)), decoder.end()]
}

describe('tokens that are decoded one by one', () => {
  it('give a character with the token that ends it', () => {
    expect(decode(['a', [0xe2, 0x82], [0xac], 'b'])).toEqual(['a', '', '€', 'b', ''])
    expect(decode([[0xf0], [0x9f], [0x98], [0x80], 'b'])).toEqual(['', '', '', '😀', 'b', ''])
    expect(
      decode([
        [0xe2, 0x82],
        [0xac, 0x61, 0xe2],
        [0x82, 0xac],
      ]),
    ).toEqual(['', '€a', '€', ''])
  })
  it('give U+FFFD for a character that does not end', () => {
    expect(decode([[0xe2, 0x82], 'a', 'b'])).toEqual(['', '\uFFFDa', 'b', ''])
    expect(decode(['a', [0xe2]])).toEqual(['a', '', '\uFFFD'])
    expect(decode([[0xff], 'a'])).toEqual(['\uFFFD', 'a', ''])
  })
  it('wait for the end of a character across tokens that write nothing', () => {
    const control = { control: '<|end|>' }
    expect(decode([[0xe2, 0x82], '', [0xac], 'b'])).toEqual(['', '', '€', 'b', ''])
    expect(decode([[0xe2, 0x82], '', 'a'])).toEqual(['', '', '\uFFFDa', ''])
    expect(decode([[0xe2, 0x82], control, [0xac]])).toEqual(['', '', '€', ''])
    expect(decode([[0xe2, 0x82], control, 'a'])).toEqual(['', '', '\uFFFDa', ''])
  })
  it('may write U+FFFD and a byte-order mark themselves', () => {
    expect(decode(['\uFFFD', '\uFEFF', 'a'])).toEqual(['\uFFFD', '\uFEFF', 'a', ''])
  })
  it('give together what their bytes give, wherever these are cut', () => {
    const bytes = [...encoder.encode('Grüße, 世界! 👩‍👩‍👧 Ωμέγα'), 0xc3, 0x28, 0xe2, 0x82, 0x61, 0xf0]
    for (const size of [1, 2, 3, 4, 5, 7]) {
      const cuts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.slice(index * size, (index + 1) * size),
      )
      expect(decode(cuts).join('')).toBe(new TextDecoder().decode(Uint8Array.from(bytes)))
    }
  })
})

describe('the space that a tokenizer adds', () => {
  it('is in neither the bytes nor the text of a piece', () => {
    const read = pieceReader({
      pieceOf: () => tokenPiece(encoder.encode(' hello'), false),
      addsSpace: (previousToken) => previousToken === undefined,
      previousToken: undefined,
    })
    expect(read(0)).toEqual(tokenPiece(encoder.encode('hello'), false))
    expect(read(0).text).toBe(' hello')
  })
})
