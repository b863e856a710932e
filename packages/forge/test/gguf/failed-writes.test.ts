import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import {
  madeUpVocabulary,
  shapes,
  transformer,
  writeGguf,
  type GgufTensor,
  type Shape,
  type WriteProgress,
} from '../../src/index.ts'
import { longTensor, randomWeights, testTensor } from './test-tensor.ts'

const folder = temporaryFolder()
const emptyFolder = join(folder, 'empty')
mkdirSync(emptyFolder)
const path = join(emptyFolder, 'file.gguf')
const write = (tensors: readonly GgufTensor[]) => writeGguf({ path, metadata: {}, tensors })

describe('no file is left', () => {
  it('after an abort, which rejects with its reason', async () => {
    const controller = new AbortController()
    const calls: number[] = []
    const abort = ({ written }: WriteProgress) => {
      calls.push(written)
      controller.abort('enough')
    }
    const options = { path, metadata: {}, tensors: [longTensor] }
    await expect(
      writeGguf({ ...options, signal: controller.signal, onProgress: abort }),
    ).rejects.toBe('enough')
    expect(calls).toHaveLength(1)
    await expect(writeGguf({ ...options, signal: AbortSignal.abort('before') })).rejects.toBe(
      'before',
    )
    expect(readdirSync(emptyFolder)).toEqual([])
  })

  it('after rows or listeners that throw', async () => {
    const throwingRows = testTensor({
      dimensions: [1_024, 8_192],
      weights: {
        type: 'rows',
        row: (index) => {
          if (index === 7_000) throw new RangeError('no more rows')
          return new Float32Array(1_024)
        },
      },
    })
    await expect(write([throwingRows])).rejects.toThrow(new RangeError('no more rows'))
    await expect(
      writeGguf({
        path,
        metadata: {},
        tensors: [longTensor],
        onProgress: () => {
          throw new RangeError('not listening')
        },
      }),
    ).rejects.toThrow('not listening')
    const shortRows = testTensor({ weights: { type: 'rows', row: () => new Float32Array(32) } })
    await expect(write([shortRows])).rejects.toThrow(
      /row 0 of a.weight has 32 weights, and its dimensions say 64/,
    )
    expect(readdirSync(emptyFolder)).toEqual([])
  })

  it.each<[readonly GgufTensor[], RegExp]>([
    [[testTensor({ dimensions: [48, 2] })], /rows of 48 weights, and Q8_0 packs 32/],
    [[testTensor({ dimensions: [64, 2], type: 'Q4_K' })], /Q4_K packs 256/],
    [[testTensor(), testTensor()], /exists twice/],
    [[testTensor({ dimensions: [] })], /0 dimensions/],
    [[testTensor({ dimensions: [32, 1, 1, 1, 1] })], /5 dimensions/],
    [[testTensor({ dimensions: [32, -1] })], /dimensions 32 × -1/],
    [[testTensor({ name: 'x'.repeat(64) })], /more than 63 bytes/],
    [[testTensor({ weights: { ...randomWeights, deviation: Number.NaN } })], /deviation of NaN/],
    [
      [testTensor({ weights: { ...randomWeights, deviation: 1e6 } })],
      /deviation of 1000000. Give 0 to 1,000/,
    ],
    [
      [testTensor({ weights: { type: 'values', values: new Float32Array(5) } })],
      /has 5 weights, and its dimensions 64 × 3 need 192/,
    ],
    [
      [
        testTensor({
          dimensions: [256],
          type: 'Q3_K',
          weights: { type: 'values', values: new Float32Array(256) },
        }),
      ],
      /cannot be written as Q3_K. Choose one of F32, /,
    ],
  ])('for tensors that cannot be written (%#)', async (tensors, message) => {
    await expect(write(tensors)).rejects.toMatchObject({
      name: 'NanoError',
      code: 'invalid-request',
      message: expect.stringMatching(message),
    })
    expect(readdirSync(emptyFolder)).toEqual([])
  })

  it('without a folder, without disk space, or with a folder at the path', async () => {
    await expect(
      writeGguf({ path: join(folder, 'none', 'file.gguf'), metadata: {}, tensors: [testTensor()] }),
    ).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/no folder .*none for .*Create it first/),
    })
    await expect(write([testTensor({ dimensions: [2 ** 30, 2 ** 20] })])).rejects.toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(/takes \d+ bytes, and .* has \d+ free/),
    })
    await expect(
      writeGguf({ path: emptyFolder, metadata: {}, tensors: [testTensor()] }),
    ).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(/is a folder/),
    })
    expect(readdirSync(emptyFolder)).toEqual([])
  })
})

it.each<[Partial<Shape>, RegExp]>([
  [{ vocabularySize: 600 }, /vocabularySize is 600, and the vocabulary has 512 tokens/],
  [{ kvHeads: 3 }, /4 heads cannot share 3 kvHeads/],
  [{ headSize: 33 }, /headSize is 33/],
  [{ layers: 0 }, /layers is 0/],
  [{ feedForwardSize: 300 }, /blk.0.ffn_down.weight has rows of 300 weights, and Q4_K packs 256/],
])('a shape with %o does not fit', (changes, message) => {
  const shape = { ...shapes.small, ...changes }
  expect(() =>
    transformer({ shape, quantization: 'Q4_K_S', vocabulary: madeUpVocabulary(512) }),
  ).toThrow(message)
})
