import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nemotron } from '../../src/formats/nemotron.ts'
import { toByteLevel, tokenizer, findTurnEnds } from '../../src/tokenizer/index.ts'
import {
  fixtures,
  prompts,
  missing,
  skipReason,
  tinyFile,
  llama3,
  oddTexts,
  type Case,
} from './tokenizers.ts'

describe('the vocabulary of Llama 3', () => {
  it.skipIf(missing)(`gives the ids that llama.cpp gives${skipReason}`, () => {
    const ids = readFileSync(fixtures.path.replace(/inp$/, 'out'), 'utf8').split('\n')
    for (const [index, text] of readFileSync(fixtures.path, 'utf8')
      .split('\n__ggml_vocab_test__\n')
      .entries()) {
      expect(llama3.tokenize([{ text }]).join(' '), JSON.stringify(text)).toBe(ids[index]?.trim())
    }
  })
  it.skipIf(missing)(
    `gives the ids of whole prompts, with what users type apart from control tokens${skipReason}`,
    () => {
      const cases = JSON.parse(readFileSync(prompts.path, 'utf8')) as readonly Case[]
      expect(cases.some(({ name }) => name.includes('control tokens'))).toBe(true)
      for (const { name, messages, reasoning, tools = [], tokens } of cases)
        expect(llama3.tokenize(nemotron.render({ messages, reasoning, tools })), name).toEqual(
          tokens,
        )
    },
  )
  it.skipIf(missing)(`gives back what it is given${skipReason}`, () => {
    for (const text of oddTexts)
      expect(llama3.detokenize(llama3.tokenize([{ text }]), { shownControlTokens: [] })).toBe(text)
  })
  it.skipIf(missing)(
    `has 128,256 tokens, begins with one, and ends turns with three${skipReason}`,
    () => {
      expect(llama3).toMatchObject({ vocabularySize: 128_256, bosToken: '<|begin_of_text|>' })
      // A config that names only the end of the text.
      expect([...findTurnEnds({ tokenizer: llama3, ids: [128_001] })].toSorted()).toEqual([
        128_001, 128_008, 128_009,
      ])
    },
  )
})

it('every byte has a character of its own in a byte-level vocabulary', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  expect(new Set(toByteLevel(bytes)).size).toBe(256)
  expect(toByteLevel(new TextEncoder().encode(' a\n'))).toBe('ĠaĊ')
})

describe('what ends a turn', () => {
  const findEnds = (addedTokens: readonly string[], ids: readonly number[] = []) => {
    const file = {
      ...tinyFile,
      added_tokens: addedTokens.map((content, index) => ({
        id: 700 + index,
        content,
        special: true,
      })),
    }
    return [...findTurnEnds({ tokenizer: tokenizer({ tokenizer: file }), ids })].toSorted()
  }

  it('is what the configs name, and what ends one in every family', () => {
    expect(findEnds(['<|im_start|>', '<|im_end|>', '<|endoftext|>'], [702])).toEqual([701, 702])
    expect(findEnds(['<|eot_id|>', '<|start_header_id|>'], [3])).toEqual([3, 700])
  })
  it('is not the end of a message in Harmony, where the turn goes on', () => {
    expect(findEnds(['<|return|>', '<|call|>', '<|end|>'], [700, 702])).toEqual([700, 701])
    expect(findEnds(['<|end|>'])).toEqual([700])
  })
})
