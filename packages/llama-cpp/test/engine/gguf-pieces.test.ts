import { joinPieces, pieceReader } from '@nano/chat/engine'
import { describe, expect, it } from 'vitest'
import { ggufPieces } from '../../src/engine/vocabulary.ts'

const tokens = ['<unk>', '<s>', '<tool>', '▁hello', '▁', '<0x0A>']
const token_type = [2, 3, 4, 1, 1, 6]
const [unk, bos, tool, hello, space, newline] = [0, 1, 2, 3, 4, 5]

function decode(
  ids: readonly number[],
  previousToken?: number,
  add_space_prefix?: boolean,
): string {
  const options = { model: 'llama', tokens, token_type }
  const pieces =
    ggufPieces({ ...options, ...(add_space_prefix !== undefined && { add_space_prefix }) }) ??
    expect.fail('no pieces')
  return joinPieces(ids.map(pieceReader({ ...pieces, after: previousToken })), {
    shownControlTokens: 'all',
  })
}

describe('the pieces of a SentencePiece vocabulary', () => {
  it('lose the space that was added before a text, and after an added token', () => {
    expect(decode([hello, hello, newline])).toBe('hello hello\n')
    expect(decode([bos, hello, tool, hello, hello])).toBe('<s>hello<tool>hello hello')
    expect(decode([space, hello])).toBe(' hello')
  })
  it('keep the space of a reply that continues a text', () => {
    expect(decode([hello], hello)).toBe(' hello')
    expect(decode([hello], newline)).toBe(' hello')
    expect(decode([hello], bos)).toBe('hello')
  })
  it('keep every space where the file adds none', () => {
    expect(decode([hello, bos, hello], undefined, false)).toBe(' hello<s> hello')
  })
  it('show what is unknown as it is written, and hide it with control tokens', () => {
    expect(decode([unk])).toBe('<unk>')
    expect(ggufPieces({ model: 'llama', tokens, token_type })?.pieceOf(unk)?.isControl).toBe(true)
  })
  it('are not known for other kinds of vocabularies', () => {
    expect(ggufPieces({ model: 't5', tokens })).toBeUndefined()
  })
})
