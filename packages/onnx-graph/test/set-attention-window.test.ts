import { readFileSync } from 'node:fs'
import { InferenceSession } from 'onnxruntime-node'
import { expect, it } from 'vitest'
import { setAttentionWindow } from '../src/index.ts'
import { withAttentions } from './static-cache/attention-changes.ts'
import { emptyCache, modelWriter, randomDecoder, stepFeeds } from './support/session.ts'

const writeModel = modelWriter()
const tokens = Array.from({ length: 40 }, (_, index) => index)

async function computeLogits(model: Uint8Array | string): Promise<Float32Array> {
  const session = await InferenceSession.create(model as string, { logSeverityLevel: 4 })
  const cache = emptyCache(session)
  const { logits } = await session.run({ ...stepFeeds(session, tokens, cache), ...cache })
  await session.release()
  return logits!.data as Float32Array
}

const plainModel = await writeModel(randomDecoder())
const withWindow = await writeModel(
  withAttentions(({ attributes }) => ({ attributes: { ...attributes, local_window_size: 8 } })),
)
const withShortCache = await writeModel(
  withAttentions(({ attributes }) => ({
    attributes: { ...attributes, local_window_size: 8, sliding_window_cache: 1 },
  })),
)

it('gives all layers a window where it names none', async () => {
  const model = setAttentionWindow(readFileSync(plainModel), { size: 8, layers: [] })
  expect(await computeLogits(model)).toEqual(await computeLogits(withWindow))
  expect(await computeLogits(model)).not.toEqual(await computeLogits(plainModel))
})

it('leaves layers that it does not name as they are', async () => {
  const model = setAttentionWindow(readFileSync(plainModel), { size: 8, layers: [99] })
  expect(await computeLogits(model)).toEqual(await computeLogits(plainModel))
})

it('makes a cache of the size of the window as long as the sequence', async () => {
  await expect(computeLogits(withShortCache)).rejects.toThrow(/sliding_window_cache/)
  const model = setAttentionWindow(readFileSync(withShortCache), { size: 8, layers: [] })
  expect(await computeLogits(model)).toEqual(await computeLogits(withWindow))
})
