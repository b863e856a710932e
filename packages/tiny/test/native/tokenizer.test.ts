import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formats, promptText } from '../../../chat/src/index.ts'
import { readProblems } from '../../../../test/shared/scores.ts'
import { gguf, onnx } from '../../src/index.ts'
import { openGguf } from './llama-cpp.ts'

const model = await openGguf(gguf.F16)
const read = (name: string) => readFileSync(join(onnx.transformers, name), 'utf8')
const json = (name: string) =>
  JSON.parse(read(name)) as {
    added_tokens?: { id: number; content: string }[]
    chat_template?: string
  }
const tokenizer = new Tokenizer(json('tokenizer.json'), json('tokenizer_config.json'))
/** Reads no control token, as `model.tokenize(text, false)` does not. */
const plain = new Tokenizer({ ...json('tokenizer.json'), added_tokens: [] }, {})

const ids = (of: Tokenizer, text: string) => of.encode(text, { add_special_tokens: false }).ids
const controls = json('tokenizer.json').added_tokens ?? []

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
  fc.constantFrom(...controls.map(({ content }) => content), '<|eot_id', '<|nothing|>'),
  fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)
const texts = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))

function conversations(): string[] {
  return [
    ...readProblems('packages/tiny/problems.jsonl'),
    ...readProblems('packages/tiny/skills.jsonl'),
  ].map(({ question = '', messages, tools = [] }, index) =>
    promptText(
      formats.nemotron.render({
        messages: messages ?? [{ role: 'user', content: question }],
        tools,
        reasoning: index % 2 === 0 ? 'on' : 'off',
      }),
    ),
  )
}

describe('tokenizer.json gives the ids of llama.cpp', () => {
  it('for every conversation of the evaluations', () => {
    const all = conversations()
    expect(all.length).toBeGreaterThan(1_500)
    for (const text of all)
      expect(ids(tokenizer, text), text).toEqual([...model.tokenize(text, true)])
  })
  it('for the texts that the vocabulary was made from', () => {
    for (const line of readFileSync('packages/tiny/training/corpus.txt', 'utf8').split('\n'))
      expect(ids(plain, line)).toEqual([...model.tokenize(line, false)])
  })
  it('for any text, with control tokens and without', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(ids(tokenizer, text)).toEqual([...model.tokenize(text, true)])
        expect(ids(plain, text)).toEqual([...model.tokenize(text, false)])
      }),
      { numRuns: 3_000, seed: 1 },
    )
  })
})

it('names every control token, begins a text with the first, and gives text back', () => {
  expect(controls.map(({ id }) => id)).toEqual(
    Array.from({ length: 16 }, (_, index) => 624 + index),
  )
  expect(tokenizer.encode('1 + 2').ids[0]).toBe(624)
  for (const text of ['What is 12 + 30?', 'naïve 🙂', ' two  spaces \n'])
    expect(tokenizer.decode(ids(tokenizer, text))).toBe(text)
})

it('every folder has the tokenizer, and the chat template of the GGUF files', () => {
  for (const folder of Object.values(onnx)) {
    for (const name of ['tokenizer.json', 'tokenizer_config.json'])
      expect(readFileSync(join(folder, name), 'utf8')).toBe(read(name))
  }
  expect(json('tokenizer_config.json').chat_template).toBe(
    model.fileInfo.metadata.tokenizer.chat_template,
  )
})
