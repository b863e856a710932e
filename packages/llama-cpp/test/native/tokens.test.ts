import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GgufValue } from '@nano/forge'
import { afterAll, describe, expect, it } from 'vitest'
import { openLlamaCpp } from '../../src/index.ts'
import { expected, modelWithTokenizer } from './forged-tokenizers.ts'
import { writeModel } from './small-models.ts'

const folder = mkdtempSync(join(tmpdir(), 'nano-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function openWith(name: string, metadata: Readonly<Record<string, GgufValue>>) {
  const file = expected.files[name] ?? expect.fail(`no file ${name}`)
  const path = await writeModel(folder, 'model.gguf', modelWithTokenizer(file, metadata))
  const model = await openLlamaCpp({ model: path, format: 'chatml', contextLength: 64 })
  return { model, ids: file.ids }
}

/** The texts for which a GGUF of the same vocabulary gives other ids than `tokenizer.json`. */
async function findDifferences(name: string, metadata: Readonly<Record<string, GgufValue>>) {
  const { model, ids } = await openWith(name, metadata)
  const differentTexts: string[] = []
  for (const [index, text] of expected.texts.entries())
    if ((await model.tokenize(text)).join(' ') !== ids[index]) differentTexts.push(text)
  await model.close()
  return differentTexts
}

/** Added tokens that take blanks, or are words of their own, which GGUF does not say. */
const hasFlaggedToken = (text: string) => /<Left>|<word>|whole/i.test(text)

describe('the ids of a GGUF and of its tokenizer.json', () => {
  it.each([
    ['Qwen: bytes, NFC', { 'tokenizer.ggml.pre': 'qwen2' }],
    ['Llama 3: bytes, whole words first', { 'tokenizer.ggml.pre': 'llama-bpe' }],
    ['Llama 2: SentencePiece, Prepend', {}],
    ['Gemma: SentencePiece, no first space', { 'tokenizer.ggml.add_space_prefix': false }],
  ])('are the same for %s, but for flags of added tokens', async (name, metadata) => {
    const differentTexts = await findDifferences(name, metadata)
    expect(differentTexts.filter((text) => !hasFlaggedToken(text))).toEqual([])
    expect(differentTexts.length).toBeGreaterThan(0)
  })
  it('differ where a family is not known to compose characters', async () => {
    const differentTexts = await findDifferences('Qwen: bytes, NFC', {
      'tokenizer.ggml.pre': 'qwen35',
    })
    expect(differentTexts).toContain('e\u0301')
  })
  it('differ where the file adds the first space only to what has none', async () => {
    const differentTexts = await findDifferences('Llama 2: SentencePiece, Metaspace first', {})
    const unexplainedTexts = differentTexts.filter((text) => !/^[ ▁]|<tool>/.test(text))
    expect(unexplainedTexts.filter((text) => !hasFlaggedToken(text))).toEqual([])
    expect(differentTexts).toContain(' hello')
  })
})

describe('detokenize undoes tokenize', () => {
  it.each([
    ['Llama 3: bytes, whole words first', {}],
    ['Llama 2: SentencePiece, Prepend', {}],
    ['Gemma: SentencePiece, no first space', { 'tokenizer.ggml.add_space_prefix': false }],
  ])('for %s, with added tokens in the text', async (name, metadata) => {
    const { model } = await openWith(name, metadata)
    for (const text of expected.texts)
      expect(await model.detokenize(await model.tokenize(text))).toBe(
        text.replaceAll('▁', mark(name)),
      )
    await model.close()
  })
})

/** SentencePiece writes a space as this mark, and reads the mark as a space. */
function mark(name: string): string {
  return name.includes('SentencePiece') ? ' ' : '▁'
}
