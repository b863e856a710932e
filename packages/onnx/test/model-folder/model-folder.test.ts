import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onnx } from '@nano/tiny'
import { afterAll, describe, expect, it } from 'vitest'
import { readModelFolder } from '../../src/model-folder/model-folder.ts'

interface TokenizerFile {
  readonly model: { readonly vocab: Readonly<Record<string, number>> }
}

const folder = mkdtempSync(join(tmpdir(), 'nano-onnx-folder-'))
afterAll(() => rmSync(folder, { recursive: true }))

let folderCount = 0

/** A copy of the embedded model's folder, with one file changed. */
function writeChanged<T extends object>(
  from: string,
  file: string,
  change: (json: T) => object,
): string {
  const path = join(folder, `${++folderCount}`)
  cpSync(from, path, { recursive: true })
  writeFileSync(
    join(path, file),
    JSON.stringify(change(JSON.parse(readFileSync(join(path, file), 'utf8')) as T)),
  )
  return path
}

const config = (change: object) =>
  writeChanged(onnx.transformers, 'config.json', (json) => ({ ...json, ...change }))
const genai = (change: object) =>
  writeChanged<{ readonly model: object }>(
    onnx.genai,
    'genai_config.json',
    ({ model, ...json }) => ({
      ...json,
      model: { ...model, ...change },
    }),
  )
const readFolder = (model: string) => readModelFolder({ model }, undefined)

describe('a tokenizer', () => {
  const firstTokens = ({ model, ...file }: TokenizerFile) => ({
    ...file,
    model: { ...model, vocab: Object.fromEntries(Object.entries(model.vocab).slice(0, 300)) },
  })

  it.each([
    ['transformers.js', onnx.transformers],
    ['onnxruntime-genai', onnx.genai],
  ])(
    'that lost some of the tokens that the config of %s says is refused, with both numbers',
    async (_name, from) => {
      // Its control tokens, 16 at the end, are still there.
      await expect(
        readFolder(writeChanged(from, 'tokenizer.json', firstTokens)),
      ).rejects.toMatchObject({
        code: 'bad-model',
        message: expect.stringMatching(
          /tokenizer\.json has 316 tokens.*vocab_size of 640.*get both from one place/,
        ),
      })
      const cutFolder = writeChanged<TokenizerFile>(from, 'tokenizer.json', (file) => ({
        ...firstTokens(file),
        added_tokens: [],
      }))
      await expect(readFolder(cutFolder)).rejects.toMatchObject({
        code: 'bad-model',
        message: expect.stringMatching(/has 300 tokens/),
      })
    },
  )
  it('with fewer tokens than a padded model has rows is read', async () => {
    await expect(readFolder(config({ vocab_size: 640 + 127 }))).resolves.toMatchObject({
      trainedLength: 2_048,
    })
    await expect(readFolder(config({ vocab_size: 640 + 128 }))).rejects.toThrow(/640 tokens.*768/)
  })
  it.each([undefined, null])(
    'goes with a config that says %s of the vocabulary',
    async (vocabulary) => {
      await expect(readFolder(config({ vocab_size: vocabulary }))).resolves.toMatchObject({
        trainedLength: 2_048,
      })
      await expect(readFolder(genai({ vocab_size: vocabulary }))).resolves.toMatchObject({
        trainedLength: 2_048,
      })
    },
  )
})

describe('a config', () => {
  it.each(['other.onnx', '../model.onnx', 'int4/none.onnx'])(
    'that names the file %s, which is not there, opens no other',
    async (filename) => {
      await expect(readFolder(genai({ decoder: { filename } }))).rejects.toMatchObject({
        code: 'bad-model',
        message: expect.stringContaining(filename),
      })
    },
  )
  it('may name a file in a folder of its own', async () => {
    expect((await readFolder(genai({ decoder: { filename: 'int4/model.onnx' } }))).path).toMatch(
      /int4.model\.onnx$/,
    )
  })
  it('may leave its length and its name open, and has no impossible length', async () => {
    await expect(
      readFolder(config({ max_position_embeddings: null, _name_or_path: null })),
    ).resolves.not.toHaveProperty('trainedLength')
    for (const length of [0, -1, 100.5])
      await expect(
        readFolder(config({ max_position_embeddings: length })),
        String(length),
      ).rejects.toMatchObject({
        code: 'bad-model',
        message: expect.stringContaining('max_position_embeddings'),
      })
  })
})

describe('chat_template.json', () => {
  const writeTemplates = (configTemplate: string | undefined, processorFile: string) => {
    const path = writeChanged(onnx.transformers, 'tokenizer_config.json', (json) => ({
      ...json,
      chat_template: configTemplate,
    }))
    rmSync(join(path, 'chat_template.jinja'), { force: true })
    writeFileSync(join(path, 'chat_template.json'), processorFile)
    return path
  }
  it.each([
    ['is cut short', '{"chat_template": "proc'],
    ['has another form', '{"chat_template": 1}'],
  ])('that %s harms no model whose template is elsewhere', async (_what, processorFile) => {
    await expect(readFolder(writeTemplates('config', processorFile))).resolves.toMatchObject({
      chatTemplate: 'config',
    })
    const path = writeTemplates(undefined, processorFile)
    await expect(readFolder(path)).rejects.toMatchObject({ code: 'bad-model' })
    writeFileSync(join(path, 'chat_template.jinja'), 'file')
    await expect(readFolder(path)).resolves.toMatchObject({ chatTemplate: 'file' })
  })
  it('has the template where no other file has one', async () => {
    await expect(
      readFolder(writeTemplates(undefined, '{"chat_template": "processor"}')),
    ).resolves.toMatchObject({ chatTemplate: 'processor' })
  })
})
