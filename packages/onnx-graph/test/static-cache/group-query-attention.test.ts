import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import {
  addStaticCache,
  findCacheOutputs,
  keepLastLogits,
  type OnnxGraph,
} from '../../src/index.ts'
import { modelWriter, randomDecoder, tinyModels } from '../support/session.ts'
import { tableDecoder } from '../support/table-decoder.ts'
import { withAttentions } from './attention-changes.ts'

const writeModel = modelWriter()
const decoderWithConcat = () =>
  tableDecoder({
    rows: [
      [1, 2],
      [2, 1],
    ],
  })
const withAttribute = (name: string, value: number | { readonly float: number }) =>
  withAttentions(({ attributes }) => ({ attributes: { ...attributes, [name]: value } }))

it.each<[name: string, graph: () => OnnxGraph, message: RegExp]>([
  [
    'with another attention',
    decoderWithConcat,
    /past_key_values\.0\.key of the ONNX model does not belong to a GroupQueryAttention/,
  ],
  [
    'with a cache in half precision',
    () => randomDecoder({ precision: 'fp16' }),
    /cache that is not float32/,
  ],
  [
    'with a sliding window',
    () => withAttribute('local_window_size', 32),
    /attention with local_window_size/,
  ],
  ['with capped scores', () => withAttribute('softcap', { float: 30 }), /attention with softcap/],
])('a decoder %s cannot get a static cache', async (_name, graph, message) => {
  const model = readFileSync(await writeModel(graph()))
  expect(() => addStaticCache(model)).toThrow(
    expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(message) }),
  )
})

it('the cache outputs of GroupQueryAttention are found in every precision', async () => {
  const model = readFileSync(await writeModel(randomDecoder({ precision: 'q4f16' })))
  expect(findCacheOutputs(model).slice(0, 2)).toEqual(['present.0.key', 'present.0.value'])
  const tiny = readFileSync(tinyModels['as transformers.js has them'])
  expect(() => findCacheOutputs(keepLastLogits(tiny))).not.toThrow()
})

it('the cache outputs of another attention are refused', async () => {
  const model = readFileSync(await writeModel(decoderWithConcat()))
  expect(() => findCacheOutputs(model)).toThrow(expect.objectContaining({ code: 'unsupported' }))
})
