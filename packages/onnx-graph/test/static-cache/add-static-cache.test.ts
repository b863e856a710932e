import { readFileSync } from 'node:fs'
import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { addStaticCache, type OnnxGraph } from '../../src/index.ts'
import {
  emptyCache,
  modelWriter,
  nextCache,
  openPair,
  randomDecoder,
  stepFeeds,
  tinyModels,
  type Feeds,
} from '../support/session.ts'
import { decoderWithPackedQuery, withAttentions } from './attention-changes.ts'

const writeModel = modelWriter()
const models = {
  'as transformers.js has them': () => tinyModels['as transformers.js has them'],
  'as transformers.js has them, in four bits': () =>
    tinyModels['as transformers.js has them, in four bits'],
  'as onnxruntime-genai has them': () => tinyModels['as onnxruntime-genai has them'],
  'with position_ids': () => writeModel(randomDecoder({ hasPositionIds: true })),
  'with query, key and value in one': () => writeModel(decoderWithPackedQuery()),
}

describe.each(Object.entries(models))('a static cache of decoders %s', (_, path) => {
  it('gives the logits of a growing cache, for one token and for several', async () => {
    const { originalSession, rewrittenSession } = await openPair(await path(), addStaticCache)
    const staticCache = unfilledCache(rewrittenSession, { length: 64 })
    let growingCache: Feeds = emptyCache(originalSession)
    let past = 0
    for (const tokens of [[1], [50, 60, 70], [80], [90], [5, 6], [7]]) {
      const feeds = stepFeeds(originalSession, tokens, growingCache)
      const expected = await originalSession.run({ ...feeds, ...growingCache })
      growingCache = nextCache(expected)
      const outputs = await rewrittenSession.run({ ...feeds, ...staticCache })
      fillCache(staticCache, outputs, past)
      past += tokens.length
      expectNearlySame(outputs.logits as Tensor, expected.logits as Tensor)
    }
  })
})

it('a static cache takes one token each of sequences of different lengths', async () => {
  const { originalSession, rewrittenSession } = await openPair(
    tinyModels['as onnxruntime-genai has them'],
    addStaticCache,
  )
  const prompts = [
    [1, 50, 60, 70],
    [9, 8],
  ]
  const staticCache = unfilledCache(rewrittenSession, { length: 64, sequences: 2 })
  const expected: Tensor[] = []
  for (const [sequence, prompt] of prompts.entries()) {
    const empty = emptyCache(originalSession)
    const cache = nextCache(
      await originalSession.run({ ...stepFeeds(originalSession, prompt, empty), ...empty }),
    )
    for (const [name, tensor] of Object.entries(cache))
      copyEntries(staticCache[name]!, tensor, { sequence, position: 0 })
    const outputs = await originalSession.run({
      ...stepFeeds(originalSession, [7], cache),
      ...cache,
    })
    expected.push(outputs.logits as Tensor)
  }

  const mask = BigInt64Array.of(1n, 1n, 1n, 1n, 1n, 1n, 1n, 1n, 0n, 0n)
  const outputs = await rewrittenSession.run({
    input_ids: new Tensor('int64', BigInt64Array.of(7n, 7n), [2, 1]),
    attention_mask: new Tensor('int64', mask, [2, 5]),
    ...staticCache,
  })
  const logits = outputs.logits!.data as Float32Array
  for (const [sequence, tensor] of expected.entries()) {
    const { data, dims } = tensor
    const rowLogits = logits.slice(sequence * data.length, (sequence + 1) * data.length)
    expectNearlySame(new Tensor('float32', rowLogits, dims), tensor)
  }
})

it('a static cache is given to a decoder with a name for its width, with the width', async () => {
  const graph = randomDecoder()
  const width = graph.inputs.at(-1)?.dimensions[3]
  const nameWidth = (values: OnnxGraph['inputs']) =>
    values.map((value) => ({
      ...value,
      dimensions: value.dimensions.map((size, axis) => (axis === 3 ? 'kv_cache_dim' : size)),
    }))
  const { inputs, outputs } = graph
  const path = await writeModel({
    ...graph,
    inputs: nameWidth(inputs),
    outputs: nameWidth(outputs),
  })
  const model = readFileSync(path)
  expect(() => addStaticCache(model)).toThrow(/Give headSize/)
  expect(addStaticCache(model, { headSize: Number(width) }).length).toBeGreaterThan(model.length)
})

it('a static cache is given to a decoder with attributes that change nothing', async () => {
  const neutral = { softcap: { float: 0 }, smooth_softmax: 0, local_window_size: -1 }
  const { originalSession, rewrittenSession } = await openPair(
    await writeModel(
      withAttentions(({ attributes }) => ({ attributes: { ...attributes, ...neutral } })),
    ),
    addStaticCache,
  )
  const empty = emptyCache(originalSession)
  const feeds = stepFeeds(originalSession, [5], empty)
  const staticCache = unfilledCache(rewrittenSession, { length: 64 })
  expectNearlySame(
    (await rewrittenSession.run({ ...feeds, ...staticCache })).logits as Tensor,
    (await originalSession.run({ ...feeds, ...empty })).logits as Tensor,
  )
})

/** Creates a cache of numbers that must not influence a reply. */
function unfilledCache(
  session: InferenceSession,
  { length, sequences = 1 }: { readonly length: number; readonly sequences?: number },
): Feeds {
  return Object.fromEntries(
    Object.entries(emptyCache(session)).map(([name, { dims }]) => {
      const [, heads = 0, , width = 0] = dims
      const data = new Float32Array(sequences * heads * length * width).fill(1e30)
      return [name, new Tensor('float32', data, [sequences, heads, length, width])]
    }),
  )
}

/** Puts what a run of one sequence returned into the cache. */
function fillCache(cache: Feeds, outputs: InferenceSession.ReturnType, position: number): void {
  for (const [name, tensor] of Object.entries(cache))
    copyEntries(tensor, outputs[name.replace('past', 'new')] as Tensor, { sequence: 0, position })
}

/** Copies keys or values of one sequence, `[1, heads, tokens, width]`, to a place in the cache. */
function copyEntries(
  cache: Tensor,
  entries: Tensor,
  { sequence, position }: { readonly sequence: number; readonly position: number },
): void {
  const [, heads = 0, length = 0, width = 0] = cache.dims
  const size = (entries.dims[2] ?? 0) * width
  for (let head = 0; head < heads; head++) {
    const headEntries = (entries.data as Float32Array).subarray(head * size, (head + 1) * size)
    const start = ((sequence * heads + head) * length + position) * width
    ;(cache.data as Float32Array).set(headEntries, start)
  }
}

/** Compares logits of the last token with logits of all tokens. */
function expectNearlySame({ data, dims }: Tensor, allLogits: Tensor): void {
  expect(dims).toEqual([allLogits.dims[0], 1, allLogits.dims[2]])
  const expected = (allLogits.data as Float32Array).slice(-data.length)
  const largest = expected.reduce((maximum, value) => Math.max(maximum, Math.abs(value)), 0)
  const differences = Array.from(data as Float32Array, (value, index) =>
    Math.abs(value - expected[index]!),
  )
  expect(Math.max(...differences)).toBeLessThan(1e-5 * largest)
}
