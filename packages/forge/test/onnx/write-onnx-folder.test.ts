import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { madeUpVocabulary, shapes } from '../../src/index.ts'
import { writeOnnxFolder } from '../../src/onnx/index.ts'
import { computeLastLogits, openSession } from './session.ts'

const folder = temporaryFolder()
const shape = shapes.small
const vocabulary = madeUpVocabulary(512)
const list = (path: string) => readdirSync(path).toSorted()

it('a folder for transformers.js holds several precisions and lists their data files', async () => {
  const path = join(folder, 'transformers')
  for (const precision of ['fp32', 'q4', 'q4f16'] as const)
    await writeOnnxFolder({ folder: path, layout: 'transformers', shape, precision, vocabulary })
  expect(list(path)).toEqual([
    'config.json',
    'generation_config.json',
    'onnx',
    'tokenizer.json',
    'tokenizer_config.json',
  ])
  expect(list(join(path, 'onnx'))).toEqual(
    ['', '_q4', '_q4f16'].flatMap((suffix) => [`model${suffix}.onnx`, `model${suffix}.onnx_data`]),
  )
  const config: unknown = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'))
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

it('a folder for onnxruntime-genai lists the inputs of its graph', async () => {
  const path = join(folder, 'genai')
  await writeOnnxFolder({
    folder: path,
    layout: 'genai',
    shape,
    precision: 'q4',
    vocabulary,
    chatTemplate: '{{ messages }}',
  })
  expect(list(path)).toEqual([
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
  const session = await openSession(join(path, model.decoder.filename))
  expect(await computeLastLogits(session, [501, 65, 300])).toHaveLength(512)
})
