import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/folder.ts'
import { onnx } from '../../../tiny/src/index.ts'
import { onnxTransformer, shapes, staticCacheDecoder, writeOnnx, type OnnxContents } from '../../src/index.ts'
import { cacheIn, emptyCache, stepFeeds } from './loop.ts'

const folder = temporaryFolder()
let files = 0
async function written(contents: OnnxContents): Promise<string> {
  const path = join(folder, `${files++}.onnx`)
  await writeOnnx({ path, ...contents })
  return path
}

type Feeds = Readonly<Record<string, Tensor>>

async function openBoth(path: string): Promise<{ readonly plain: InferenceSession; readonly kept: InferenceSession }> {
  const open = (model: Uint8Array) => InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3, extra: { session: { model_external_initializers_file_folder_path: dirname(path) } } })
  const bytes = readFileSync(path)
  return { plain: await open(bytes), kept: await open(staticCacheDecoder(bytes)) }
}

/** Room for so many tokens, full of numbers that must not be looked at. */
function room(session: InferenceSession, length: number, rows = 1): Feeds {
  return Object.fromEntries(Object.entries(emptyCache(session)).map(([name, { dims: [, heads = 0, , width = 0] }]) => [name, new Tensor('float32', new Float32Array(rows * heads * length * width).fill(1e30), [rows, heads, length, width])]))
}

/** Puts what a run gave where it belongs. */
function put(cache: Feeds, out: InferenceSession.ReturnType, pasts: readonly number[]): void {
  for (const [name, { data, dims: [, heads = 0, length = 0, width = 0] }] of Object.entries(cache)) {
    const given = out[name.replace('past', 'new')] as Tensor
    const read = given.dims[2] ?? 0
    for (const [row, past] of pasts.entries()) {
      for (let head = 0; head < heads; head++) {
        const from = (row * heads + head) * read * width
        ;(data as Float32Array).set((given.data as Float32Array).subarray(from, from + read * width), ((row * heads + head) * length + past) * width)
      }
    }
  }
}

const nearby = (one: Tensor, other: Tensor) => {
  expect(one.dims).toEqual(other.dims)
  const [values, others] = [one.data as Float32Array, other.data as Float32Array]
  const largest = others.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  expect(Math.max(...Array.from(values, (value, index) => Math.abs(value - others[index]!)))).toBeLessThan(1e-5 * largest)
}

const models = {
  'as transformers.js has them': () => join(onnx.transformers, 'onnx/model.onnx'),
  'as transformers.js has them, in four bits': () => join(onnx.transformers, 'onnx/model_q4.onnx'),
  'as onnxruntime-genai has them': () => join(onnx.genai, 'model.onnx'),
  'told their positions': () => written(onnxTransformer({ shape: shapes.small, precision: 'fp32', deviation: 0.1, positionIds: true })),
}

describe.each(Object.entries(models))('a static cache, of decoders %s,', (_, path) => {
  it('gives the logits that a growing one gives, for one token and for several', async () => {
    const { plain, kept } = await openBoth(await path())
    const there = room(kept, 64)
    let growing: Feeds = emptyCache(plain)
    let past = 0
    for (const tokens of [[1], [50, 60, 70], [80], [90], [5, 6], [7]]) {
      const feeds = stepFeeds(plain, tokens, growing)
      const out = await plain.run({ ...feeds, ...growing })
      growing = cacheIn(out)
      const other = await kept.run({ ...feeds, ...there })
      put(there, other, [past])
      past += tokens.length
      nearby(other.logits as Tensor, out.logits as Tensor)
    }
  })
})
