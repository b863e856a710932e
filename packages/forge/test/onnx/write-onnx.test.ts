import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  madeUpVocabulary,
  onnxTransformer,
  shapes,
  writeOnnx,
  writeOnnxFolder,
  type WriteOnnxOptions,
} from '../../src/index.ts'
import { temporaryFolder } from '../../../../test/shared/folder.ts'
import { difference, openSession, step } from './session.ts'

const folder = temporaryFolder()
const shape = shapes.small
const contents = onnxTransformer({ shape, precision: 'fp32', deviation: 0.1 })
const prompt = [501, 65, 300]
const logits = async (path: string) =>
  (await step(await openSession(path), shape, prompt)).logits.at(-1)!

describe('a model', () => {
  it('says the same with its weights inside, beside it, and in files shared with another', async () => {
    const [inside, beside, sharing] = ['inside.onnx', 'beside.onnx', 'sharing.onnx'].map((name) =>
      join(folder, name),
    )
    await writeOnnx({ path: inside!, ...contents })
    const { bytes, data } = await writeOnnx({
      path: beside!,
      dataPath: `${beside!}.data`,
      ...contents,
    })
    expect(bytes).toBe(statSync(beside!).size + statSync(`${beside!}.data`).size)
    const shared = await writeOnnx({
      path: sharing!,
      ...contents,
      shared: [data ?? expect.fail('no data')],
    })
    expect(shared.bytes).toBeLessThan(50_000)
    const expected = await logits(inside!)
    for (const path of [beside!, sharing!]) expect(difference(await logits(path), expected)).toBe(0)
  })
  it('tells its progress to the end', async () => {
    const seen: number[] = []
    const path = join(folder, 'progress.onnx')
    await writeOnnx({
      path,
      dataPath: `${path}.data`,
      ...contents,
      onProgress: ({ written, total }) => seen.push(written / total),
    })
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(seen.at(-1)).toBe(1)
  })
})

describe('a folder', () => {
  const vocabulary = madeUpVocabulary(512)
  it('of the layout transformers holds several precisions, and config.json names their data', async () => {
    const path = join(folder, 'transformers')
    for (const precision of ['fp32', 'q4', 'q4f16'] as const)
      await writeOnnxFolder({ folder: path, layout: 'transformers', shape, precision, vocabulary })
    expect(readdirSync(path).toSorted()).toEqual([
      'config.json',
      'generation_config.json',
      'onnx',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
    expect(readdirSync(join(path, 'onnx')).toSorted()).toEqual(
      ['', '_q4', '_q4f16'].flatMap((suffix) => [
        `model${suffix}.onnx`,
        `model${suffix}.onnx_data`,
      ]),
    )
    const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')) as Record<
      string,
      unknown
    >
    expect(config).toMatchObject({
      model_type: 'llama',
      head_dim: 128,
      eos_token_id: [502, 509, 510],
      rope_scaling: { rope_type: 'llama3', factor: 4 },
      'transformers.js_config': {
        use_external_data_format: { 'model.onnx': 1, 'model_q4.onnx': 1, 'model_q4f16.onnx': 1 },
      },
    })
  })
  it('of the layout genai says in genai_config.json what its graph takes', async () => {
    const path = join(folder, 'genai')
    await writeOnnxFolder({
      folder: path,
      layout: 'genai',
      shape,
      precision: 'q4',
      vocabulary,
      chatTemplate: '{{ messages }}',
    })
    expect(readdirSync(path).toSorted()).toEqual([
      'genai_config.json',
      'model.onnx',
      'model.onnx.data',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
    const { model } = JSON.parse(readFileSync(join(path, 'genai_config.json'), 'utf8')) as {
      model: { decoder: { filename: string; inputs: object } }
    }
    expect(Object.keys(model.decoder.inputs)).toEqual([
      'input_ids',
      'attention_mask',
      'past_key_names',
      'past_value_names',
    ])
    expect(await logits(join(path, model.decoder.filename))).toHaveLength(512)
  })
})

describe('nothing is left', () => {
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  const path = join(empty, 'model.onnx')
  const refused = (options: Partial<WriteOnnxOptions>) =>
    writeOnnx({ path, dataPath: `${path}.data`, ...contents, ...options })

  it('by an abort, which rejects with its reason', async () => {
    const abort = new AbortController()
    await expect(
      refused({ signal: abort.signal, onProgress: () => abort.abort('enough') }),
    ).rejects.toBe('enough')
    await expect(refused({ signal: AbortSignal.abort('before') })).rejects.toBe('before')
    expect(readdirSync(empty)).toEqual([])
  })
  it('by what is refused before the first byte', async () => {
    const large = {
      name: 'large',
      type: 'float32',
      dimensions: [2 ** 30],
      bytes: { unit: 4, begin: () => () => undefined },
    } as const
    await expect(refused({ dataPath: join(folder, 'outside.data') })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('runtimes refuse weights from outside it'),
    })
    await expect(
      writeOnnx({ path, ...contents, tensors: [...contents.tensors, large] }),
    ).rejects.toThrow(/Give dataPath/)
    await expect(refused({ tensors: [] })).rejects.toThrow(/which nothing before it gives/)
    await expect(
      refused({ outputs: [{ name: 'other', type: 'int64', dimensions: [] }] }),
    ).rejects.toThrow('no node gives the output other')
    await expect(
      refused({ path: join(folder, 'none', 'model.onnx'), dataPath: join(folder, 'none', 'data') }),
    ).rejects.toMatchObject({ code: 'not-found' })
    expect(readdirSync(empty)).toEqual([])
  })
})
