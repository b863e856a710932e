import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { inspectNodes, keepLastLogits } from '../src/index.ts'
import {
  emptyCache,
  modelWriter,
  openPair,
  randomDecoder,
  stepFeeds,
  tinyModels,
} from './support/session.ts'
import { tableDecoder } from './support/table-decoder.ts'

const writeModel = modelWriter()
const rows = [
  [1, 2, 3],
  [3, 4, 5],
  [5, 6, 7],
]

it.each<[name: string, path: () => string | Promise<string>]>([
  ['in fp32', () => tinyModels['as transformers.js has them']],
  ['in four bits', () => tinyModels['as transformers.js has them, in four bits']],
  ['of onnxruntime-genai', () => tinyModels['as onnxruntime-genai has them']],
  [
    'of onnxruntime-genai in four bits',
    () => tinyModels['as onnxruntime-genai has them, in four bits'],
  ],
  ['in half precision', () => writeModel(randomDecoder({ precision: 'fp16' }))],
  ['that looks its logits up', () => writeModel(tableDecoder({ rows }))],
  [
    'that quantizes what it multiplies',
    () => writeModel(tableDecoder({ rows, isQuantized: true })),
  ],
])('a decoder %s returns the logits of the last token alone', async (_name, path) => {
  const { originalSession, rewrittenSession } = await openPair(await path(), keepLastLogits)
  const cache = emptyCache(originalSession)
  const feeds = { ...stepFeeds(originalSession, [1, 2, 0], cache), ...cache }
  const [all, last] = [
    (await originalSession.run(feeds)).logits!,
    (await rewrittenSession.run(feeds)).logits!,
  ]
  const width = all.dims[2]!
  expect(last.dims).toEqual([1, 1, width])
  const differences = Array.from(last.data as Float32Array, (value, index) =>
    Math.abs(Number(value) - Number((all.data as Float32Array)[2 * width + index])),
  )
  expect(Math.max(...differences)).toBeLessThan(1e-2)
})

it('a model without logits stays as it is', async () => {
  const { name: _name, ...decoder } = randomDecoder()
  const outputs = decoder.outputs.filter(({ name }) => name !== 'logits')
  const model = readFileSync(await writeModel({ name: 'no logits', ...decoder, outputs }))
  expect(inspectNodes(keepLastLogits(model)).readValues).toEqual(inspectNodes(model).readValues)
})

it('a decoder with the input num_logits_to_keep stays as it is', async () => {
  const model = readFileSync(await writeModel(randomDecoder({ logits: 'requested' })))
  expect(keepLastLogits(model).length).toBeLessThanOrEqual(model.length)
})
