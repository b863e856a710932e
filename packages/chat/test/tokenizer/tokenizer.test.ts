import { readFileSync } from 'node:fs'
import type { Message, Tool } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../../../test/shared/shared-data.ts'
import { llama3Vocabulary } from '../../../forge/src/index.ts'
import { tokenizerFiles } from '../../../forge/src/onnx/tokenizer-files.ts'
import { onnx } from '../../../tiny/src/index.ts'
import { nemotron } from '../../src/formats/nemotron.ts'
import { toByteLevel, tokenizer, findTurnEnds, vocabulary } from '../../src/tokenizer/index.ts'

interface Case {
  readonly name: string
  readonly reasoning: 'on' | 'off'
  readonly messages: readonly Message[]
  readonly tools?: readonly Tool[]
  readonly tokens: readonly number[]
}

interface File {
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>
    readonly merges: readonly unknown[]
  }
  readonly added_tokens: readonly {
    readonly id: number
    readonly content: string
    readonly special: boolean
  }[]
}

const ranks = sharedData('llama3/tokenizer.model')
const fixtures = sharedData('llama3/llama-bpe.inp')
const prompts = sharedData('nemotron/prompts.json')
const missing = ranks.missing ?? fixtures.missing ?? prompts.missing
const because = missing ? ` [${missing}]` : ''

const tinyFile = JSON.parse(readFileSync(`${onnx.transformers}/tokenizer.json`, 'utf8')) as File
const withTokens = (tokens: object) => ({
  ...tinyFile,
  model: { ...tinyFile.model, vocab: { ...tinyFile.model.vocab, ...tokens } },
})
const withAdded = (...tokens: readonly object[]) => ({
  ...tinyFile,
  added_tokens: [...tinyFile.added_tokens, ...tokens],
})
const tiny = tokenizer({ tokenizer: tinyFile, name: 'tiny' })
const llama3 = missing
  ? tiny
  : tokenizer({
      tokenizer: tokenizerFiles({
        vocabulary: llama3Vocabulary(readFileSync(ranks.path)),
        contextLength: 131_072,
      })['tokenizer.json'],
    })
const odd = [
  '',
  ' ',
  '  two  spaces \n',
  'naïve 日本語 🙂',
  '👩‍👩‍👧‍👦',
  'a\u0000b',
  '\uFEFFmark',
  'e\u0301',
  '1234567890',
  '<|eot_id|>',
  "don't WON'T",
  '\r\n\t',
  'العربية',
]

describe('the vocabulary of Llama 3', () => {
  it.skipIf(missing)(`gives the ids that llama.cpp gives${because}`, () => {
    const ids = readFileSync(fixtures.path.replace(/inp$/, 'out'), 'utf8').split('\n')
    for (const [index, text] of readFileSync(fixtures.path, 'utf8')
      .split('\n__ggml_vocab_test__\n')
      .entries()) {
      expect(llama3.tokenize([{ text }]).join(' '), JSON.stringify(text)).toBe(ids[index]?.trim())
    }
  })
  it.skipIf(missing)(
    `gives the ids of whole prompts, with what users type apart from control tokens${because}`,
    () => {
      const cases = JSON.parse(readFileSync(prompts.path, 'utf8')) as readonly Case[]
      expect(cases.some(({ name }) => name.includes('control tokens'))).toBe(true)
      for (const { name, messages, reasoning, tools = [], tokens } of cases)
        expect(llama3.tokenize(nemotron.render({ messages, reasoning, tools })), name).toEqual(
          tokens,
        )
    },
  )
  it.skipIf(missing)(`gives back what it is given${because}`, () => {
    for (const text of odd)
      expect(llama3.detokenize(llama3.tokenize([{ text }]), { showControlTokens: false })).toBe(
        text,
      )
  })
  it.skipIf(missing)(
    `has 128,256 tokens, begins with one, and ends turns with three${because}`,
    () => {
      expect(llama3).toMatchObject({ vocabularySize: 128_256, bosToken: '<|begin_of_text|>' })
      // A config that names only the end of the text.
      expect([...findTurnEnds({ tokenizer: llama3, ids: [128_001] })].toSorted()).toEqual([
        128_001, 128_008, 128_009,
      ])
    },
  )
})

describe('a tokenizer', () => {
  it('reads no control token in text, and every one of its own as a segment', () => {
    for (const control of tiny.addedTokens) {
      const id = tiny.controlTokenId(control)
      expect(tiny.tokenize([{ control }])).toEqual([id])
      expect(tiny.tokenize([{ text: control }])).not.toContain(id)
      expect(
        tiny.detokenize(tiny.tokenize([{ text: control }]), { showControlTokens: false }),
      ).toBe(control)
    }
  })
  it('says which control token it lacks', () => {
    expect(() => tiny.tokenize([{ control: '<|im_start|>' }])).toThrow(
      /tiny: the vocabulary has no control token <\|im_start\|>/,
    )
  })
  it('leaves control tokens out of text unless asked', () => {
    const tokens = tiny.tokenize([{ control: '<|begin_of_text|>' }, { text: 'a b' }])
    expect(tiny.detokenize(tokens, { showControlTokens: false })).toBe('a b')
    expect(tiny.detokenize(tokens, { showControlTokens: true })).toBe('<|begin_of_text|>a b')
  })
  it('writes broken bytes as U+FFFD, and whole ones again when they are together', () => {
    const tokens = tiny.tokenize([{ text: '🙂' }])
    expect(tokens.length).toBeGreaterThan(1)
    expect(tiny.detokenize(tokens.slice(0, 1), { showControlTokens: false })).toBe('\uFFFD')
    expect(tiny.detokenize(tokens, { showControlTokens: false })).toBe('🙂')
  })
  it('gives back what it is given, but for half characters, which are none', () => {
    for (const text of odd)
      expect(tiny.detokenize(tiny.tokenize([{ text }]), { showControlTokens: false })).toBe(text)
  })
  it('reads an added token that is not special in text, as llama.cpp does', () => {
    const spaced = tokenizer({
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
    expect(spaced.tokenize([{ text: '<tool>' }])).toEqual([640])
    expect(spaced.detokenize([640], { showControlTokens: false })).toBe('<tool>')
    expect(spaced.vocabularySize).toBe(641)
  })
  it('of the kind SentencePiece writes spaces and bytes as they are', () => {
    const words = ['<0x0A>', '<0xF0>', '<0x9F>', '<0x99>', '<0x82>', '▁', '▁a', 'b']
    const { piece, size } = vocabulary({
      tokenizer: {
        model: {
          type: 'BPE',
          byte_fallback: true,
          vocab: Object.fromEntries(words.map((word, id) => [word, id])),
        },
      },
    })
    const written = (...ids: number[]) => Buffer.concat(ids.map((id) => piece(id).bytes)).toString()
    expect(size).toBe(8)
    expect([written(6, 7, 0), written(1, 2, 3, 4), written(5)]).toEqual([' ab\n', '🙂', ' '])
  })
  it('may list a token twice, as one of its vocabulary and as an added one', () => {
    const [again = expect.fail('nothing was added')] = tinyFile.added_tokens
    expect(
      vocabulary({
        tokenizer: {
          ...withTokens({ [again.content]: again.id }),
          added_tokens: [...tinyFile.added_tokens, again],
        },
      }),
    ).toMatchObject({ size: 640, tokenCount: 640 })
  })
  it.each<[what: string, file: unknown, code: string, message: RegExp]>([
    ['no object', [], 'bad-model', /no vocabulary/],
    ['without a vocabulary', { model: { type: 'BPE' } }, 'bad-model', /no vocabulary/],
    [
      'of the kind Unigram',
      {
        model: {
          type: 'Unigram',
          unk_id: 0,
          vocab: [
            ['<unk>', 0],
            ['a', -1],
          ],
        },
      },
      'unsupported',
      /"Unigram".*byte-pair/,
    ],
    [
      'of the kind Unigram, which it does not say',
      {
        model: {
          unk_id: 0,
          vocab: [
            ['<unk>', 0],
            ['a', -1],
          ],
        },
      },
      'unsupported',
      /"Unigram".*byte-pair/,
    ],
    [
      'of the kind WordPiece',
      { model: { type: 'WordPiece', vocab: { a: 0 } } },
      'unsupported',
      /"WordPiece".*byte-pair/,
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
      /its token "odd" has the id "700", which is no whole number of 0 or more/,
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
      /cannot be read|none that can be read/,
    ],
  ])('%s is refused, with advice', (_what, file, code, message) => {
    const failed = (() => {
      try {
        return tokenizer({ tokenizer: file, name: 'x' })
      } catch (error) {
        return error
      }
    })()
    expect(failed).toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

it('every byte has a character of its own in a byte-level vocabulary', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  expect(new Set(toByteLevel(bytes)).size).toBe(256)
  expect(toByteLevel(new TextEncoder().encode(' a\n'))).toBe('ĠaĊ')
})

describe('what ends a turn', () => {
  const ends = (added: readonly string[], ids: readonly number[] = []) => {
    const file = {
      ...tinyFile,
      added_tokens: added.map((content, index) => ({ id: 700 + index, content, special: true })),
    }
    return [...findTurnEnds({ tokenizer: tokenizer({ tokenizer: file }), ids })].toSorted()
  }

  it('is what the configs name, and what ends one in every family', () => {
    expect(ends(['<|im_start|>', '<|im_end|>', '<|endoftext|>'], [702])).toEqual([701, 702])
    expect(ends(['<|eot_id|>', '<|start_header_id|>'], [3])).toEqual([3, 700])
  })
  it('is not the end of a message in Harmony, where the turn goes on', () => {
    expect(ends(['<|return|>', '<|call|>', '<|end|>'], [700, 702])).toEqual([700, 701])
    expect(ends(['<|end|>'])).toEqual([700])
  })
})
