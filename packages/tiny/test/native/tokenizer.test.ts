import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formats, promptToText } from '../../../chat/src/index.ts'
import { readProblems } from '../../../../test/shared/problem-scores.ts'
import { gguf, onnx } from '../../src/index.ts'
import { openGguf } from './gguf-decoder.ts'

const model = await openGguf(gguf.F16)
const tokenizerJson = readJson('tokenizer.json')
const tokenizer = new Tokenizer(tokenizerJson, readJson('tokenizer_config.json'))
/** Reads no control token, as `model.tokenize(text, false)` does not. */
const plainTokenizer = new Tokenizer({ ...tokenizerJson, added_tokens: [] }, {})
const controlTokens = tokenizerJson.added_tokens ?? []

/** Words, digits, marks, white space, control tokens and other scripts, one after another. */
const piece = fc.oneof(
  fc.constantFrom(
    ' ',
    '  ',
    '\n',
    '\n\n',
    '\r\n',
    '\t',
    ' \n ',
    '\u00a0',
    '\u3000',
    "'s",
    "'LL",
    "'T",
    'think',
    '</think>',
    '<TOOLCALL>[{"',
    ' descending',
    '12345',
    '½',
    '٣',
    'ſ',
    'İ',
    'é',
    'e\u0301',
    'ß',
    '中文',
    'ไทย',
    'नमस्ते',
    '🙂',
    '👩‍👩‍👧',
    '\u0000',
    '\ufeff',
    '\u200b',
    '\uffff',
  ),
  fc.constantFrom(...controlTokens.map(({ content }) => content), '<|eot_id', '<|nothing|>'),
  fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)
const texts = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))

describe('tokenizer.json gives the same tokens as llama.cpp', () => {
  it('for every conversation of the evaluations', () => {
    const conversations = renderConversations()
    expect(conversations.length).toBeGreaterThan(1_500)
    for (const text of conversations)
      expect(encode(tokenizer, text), text).toEqual([...model.tokenize(text, true)])
  })
  it('for the texts that the vocabulary was made from', () => {
    for (const line of readFileSync('packages/tiny/training/corpus.txt', 'utf8').split('\n'))
      expect(encode(plainTokenizer, line)).toEqual([...model.tokenize(line, false)])
  })
  it('for any text, with control tokens and without', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(encode(tokenizer, text)).toEqual([...model.tokenize(text, true)])
        expect(encode(plainTokenizer, text)).toEqual([...model.tokenize(text, false)])
      }),
      { numRuns: 3_000, seed: 1 },
    )
  })
})

it('tokenizer.json has every control token, adds the first to a text, and gives text back', () => {
  expect(controlTokens.map(({ id }) => id)).toEqual(
    Array.from({ length: 16 }, (_, index) => 624 + index),
  )
  expect(tokenizer.encode('1 + 2').ids[0]).toBe(624)
  for (const text of ['What is 12 + 30?', 'naïve 🙂', ' two  spaces \n'])
    expect(tokenizer.decode(encode(tokenizer, text))).toBe(text)
})

it('every folder has the tokenizer, and the chat template of the GGUF files', () => {
  for (const folder of Object.values(onnx)) {
    for (const name of ['tokenizer.json', 'tokenizer_config.json'])
      expect(readFileSync(join(folder, name), 'utf8')).toBe(readText(name))
  }
  expect(readJson('tokenizer_config.json').chat_template).toBe(
    model.fileInfo.metadata.tokenizer.chat_template,
  )
})

function renderConversations(): string[] {
  return [
    ...readProblems('packages/tiny/problems.jsonl'),
    ...readProblems('packages/tiny/skills.jsonl'),
  ].map(({ question = '', messages, tools = [] }, index) =>
    promptToText(
      formats.nemotron.render({
        messages: messages ?? [{ role: 'user', content: question }],
        tools,
        reasoning: index % 2 === 0 ? 'on' : 'off',
      }),
    ),
  )
}

function encode(encoder: Tokenizer, text: string): number[] {
  return encoder.encode(text, { add_special_tokens: false }).ids
}

function readJson(name: string) {
  return JSON.parse(readText(name)) as {
    readonly added_tokens?: { id: number; content: string }[]
    readonly chat_template?: string
  }
}

function readText(name: string): string {
  return readFileSync(join(onnx.transformers, name), 'utf8')
}
