import { describe, expect, it } from 'vitest'
import { tokenizer, vocabulary } from '../../src/tokenizer/index.ts'
import { tinyFile, withTokens, withAdded, tiny, oddTexts } from './tokenizers.ts'

describe('a tokenizer', () => {
  it('reads no control token in text, and every one of its own as a segment', () => {
    for (const control of tiny.controlTokens) {
      const id = tiny.controlTokenId(control)
      expect(tiny.tokenize([{ control }])).toEqual([id])
      expect(tiny.tokenize([{ text: control }])).not.toContain(id)
      expect(tiny.detokenize(tiny.tokenize([{ text: control }]), { shownControlTokens: [] })).toBe(
        control,
      )
    }
  })
  it('says which control token it lacks', () => {
    expect(() => tiny.tokenize([{ control: '<|im_start|>' }])).toThrow(
      /tiny: the vocabulary has no control token <\|im_start\|>/,
    )
  })
  it('leaves control tokens out of text unless asked', () => {
    const tokens = tiny.tokenize([{ control: '<|begin_of_text|>' }, { text: 'a b' }])
    expect(tiny.detokenize(tokens, { shownControlTokens: [] })).toBe('a b')
    expect(tiny.detokenize(tokens, { shownControlTokens: 'all' })).toBe('<|begin_of_text|>a b')
  })
  it('writes broken bytes as U+FFFD, and whole ones again when they are together', () => {
    const tokens = tiny.tokenize([{ text: '🙂' }])
    expect(tokens.length).toBeGreaterThan(1)
    expect(tiny.detokenize(tokens.slice(0, 1), { shownControlTokens: [] })).toBe('\uFFFD')
    expect(tiny.detokenize(tokens, { shownControlTokens: [] })).toBe('🙂')
  })
  it('gives back what it is given, but for half characters, which are none', () => {
    for (const text of oddTexts)
      expect(tiny.detokenize(tiny.tokenize([{ text }]), { shownControlTokens: [] })).toBe(text)
  })
  it('reads an added token that is not special in text', () => {
    const spacedTokenizer = tokenizer({
      tokenizer: {
        ...tinyFile,
        added_tokens: [
          ...tinyFile.added_tokens,
          {
            id: 640,
            content: '<tool>',
            special: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            single_word: false,
          },
        ],
      },
    })
    expect(spacedTokenizer.tokenize([{ text: '<tool>' }])).toEqual([640])
    expect(spacedTokenizer.detokenize([640], { shownControlTokens: [] })).toBe('<tool>')
    expect(spacedTokenizer.vocabularySize).toBe(641)
  })
  it('of the kind SentencePiece writes spaces and bytes as they are', () => {
    const pieces = ['<0x0A>', '<0xF0>', '<0x9F>', '<0x99>', '<0x82>', '▁', '▁a', 'b']
    const { piece, size } = vocabulary({
      tokenizer: {
        model: {
          type: 'BPE',
          byte_fallback: true,
          vocab: Object.fromEntries(pieces.map((word, id) => [word, id])),
        },
      },
    })
    const decodeIds = (...ids: number[]) =>
      Buffer.concat(ids.map((id) => piece(id).bytes)).toString()
    expect(size).toBe(8)
    expect([decodeIds(6, 7, 0), decodeIds(1, 2, 3, 4), decodeIds(5)]).toEqual([' ab\n', '🙂', ' '])
  })
  it('may list a token twice, as one of its vocabulary and as an added one', () => {
    const [addedToken = expect.fail('nothing was added')] = tinyFile.added_tokens
    expect(
      vocabulary({
        tokenizer: {
          ...withTokens({ [addedToken.content]: addedToken.id }),
          added_tokens: [...tinyFile.added_tokens, addedToken],
        },
      }),
    ).toMatchObject({ size: 640, tokenCount: 640 })
  })
  it.each<[what: string, file: unknown, code: string, message: RegExp]>([
    ['no object', [], 'bad-model', /no vocabulary/],
    ['without a vocabulary', { model: { type: 'BPE' } }, 'bad-model', /no vocabulary/],
    [
      'of the kind Unigram, whose tokens have no scores',
      { model: { type: 'Unigram', unk_id: 0, vocab: ['<unk>', 'a'] } },
      'bad-model',
      /its token 0 is not a text with a score/,
    ],
    [
      'whose merge has a token that it does not have',
      { ...tinyFile, model: { ...tinyFile.model, merges: ['a 日'] } },
      'bad-model',
      /its merge 0 of "a" and "日" has a token that is not in its vocabulary/,
    ],
    [
      'whose merge is one token',
      { ...tinyFile, model: { ...tinyFile.model, merges: ['ab'] } },
      'bad-model',
      /its merge 0 is not two tokens/,
    ],
    [
      'whose normalizer has a broken map',
      { ...tinyFile, normalizer: { type: 'Precompiled', precompiled_charsmap: '*' } },
      'bad-model',
      /the map of characters of its normalizer is broken/,
    ],
    [
      'whose pre-tokenizer does not say what it is',
      { ...tinyFile, pre_tokenizer: {} },
      'bad-model',
      /its pre-tokenizer has no type/,
    ],
    [
      'of the kind WordPiece',
      { model: { type: 'WordPiece', vocab: { a: 0 } } },
      'unsupported',
      /"WordPiece".*byte-pair encoding and Unigram/,
    ],
    [
      'with an added token without an id',
      { ...tinyFile, added_tokens: [{ content: 'a' }] },
      'bad-model',
      /no id or no content/,
    ],
    [
      'with a token whose id is a text',
      withTokens({ odd: '700' }),
      'bad-model',
      /its token "odd" has the id "700", which is not a whole number of 0 or more/,
    ],
    [
      'with a token whose id is null',
      withTokens({ odd: null }),
      'bad-model',
      /its token "odd" has the id null/,
    ],
    [
      'with a token whose id is negative',
      withTokens({ odd: -4 }),
      'bad-model',
      /its token "odd" has the id -4/,
    ],
    [
      'with a token whose id is a fraction',
      withTokens({ odd: 1.5 }),
      'bad-model',
      /its token "odd" has the id 1\.5/,
    ],
    [
      'with a token that has the id of another',
      withTokens({ odd: 700, second: 700 }),
      'bad-model',
      /its tokens "odd" and "second" both have the id 700/,
    ],
    [
      'with an added token whose id is negative',
      withAdded({ id: -1, content: 'a' }),
      'bad-model',
      /its token "a" has the id -1/,
    ],
    [
      'with an added token whose id is a fraction',
      withAdded({ id: 0.5, content: 'a' }),
      'bad-model',
      /its token "a" has the id 0\.5/,
    ],
    [
      'with an added token that has the id of another',
      withAdded({ id: 700, content: 'a' }, { id: 700, content: 'b' }),
      'bad-model',
      /its tokens "a" and "b" both have the id 700/,
    ],
    [
      'that splits, without saying where',
      {
        ...tinyFile,
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [{ type: 'Split', behavior: 'Isolated' }],
        },
      },
      'bad-model',
      /splits or replaces text has no pattern/,
    ],
    [
      'that replaces, without saying what',
      { ...tinyFile, normalizer: { type: 'Replace', pattern: { Regex: 4 }, content: '' } },
      'bad-model',
      /splits or replaces text has no pattern/,
    ],
    [
      'with a pre-tokenizer that nobody knows',
      { ...tinyFile, pre_tokenizer: { type: 'Astrology' } },
      'bad-model',
      /is not supported/,
    ],
  ])('%s is refused, with advice', (_what, file, code, message) => {
    const error = (() => {
      try {
        return tokenizer({ tokenizer: file, name: 'x' })
      } catch (error) {
        return error
      }
    })()
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })
})
