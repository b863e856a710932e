import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import {
  madeUpVocabulary,
  shapes,
  transformer,
  writeGguf,
  type GgufTensor,
  type TensorType,
  type Weights,
} from '../../src/index.ts'
import { tensorTypes } from '../../src/tensors/tensor-types.ts'
import { computeHiddenStates, loadModel } from './runtime.ts'

const folder = temporaryFolder()
const vocabulary = madeUpVocabulary(512)
const tokens = [0, 1, 300, 301, 302, 303, 304, 511]

/**
 * Reads the rows of the tokens in the embedding as ggml does: layers add nothing, and a last norm
 * with a large epsilon hardly scales.
 */
async function readRows(type: TensorType, weights: Weights): Promise<number[][]> {
  const path = join(folder, `${type}-${weights.type}.gguf`)
  const { metadata, tensors } = transformer({
    shape: { ...shapes.small, layers: 1, normEpsilon: 1 },
    quantization: 'F16',
    vocabulary,
  })
  const withEmbedding = tensors.map((tensor): GgufTensor => {
    if (tensor.name === 'token_embd.weight') return { ...tensor, type, weights }
    return /attn_output|ffn_down/.test(tensor.name)
      ? { ...tensor, weights: { type: 'zeros' } }
      : tensor
  })
  await writeGguf({ path, metadata, tensors: withEmbedding })
  return (await computeHiddenStates(await loadModel(path), tokens)).map((scaledStates) => {
    const meanSquare = computeMean(scaledStates.map((value) => value * value))
    return scaledStates.map((value) => value / Math.sqrt(1 - meanSquare))
  })
}

describe('random weights', () => {
  it.each(Object.keys(tensorTypes) as TensorType[])(
    'of type %s have mean zero and the given deviation, as ggml reads them',
    async (type) => {
      const values = (await readRows(type, { type: 'random', seed: 3, deviation: 0.02 })).flat()
      const mean = computeMean(values)
      const deviation = Math.sqrt(computeMean(values.map((value) => (value - mean) ** 2)))
      expect(values.length).toBe(2_048)
      // Within four standard errors, and less than a step of the coarsest type but one.
      expect(Math.abs(mean)).toBeLessThan(0.002)
      expect(deviation / 0.02).toBeGreaterThan(0.95)
      expect(deviation / 0.02).toBeLessThan(1.05)
      expect(new Set(values).size).toBeGreaterThan(3)
    },
  )
})

describe('weights that are not random', () => {
  /** Weights that differ in every row, block and sign. One block is zeros. */
  const row = (index: number) =>
    Float32Array.from({ length: 256 }, (_, at) =>
      at >= 64 && at < 96 ? 0 : Math.sin(7 * at + index) * (0.01 + at / 5_000),
    )
  /**
   * The largest error, in units of the largest weight of a block. Q6_K rounds scales too, to 8
   * bits.
   */
  const errors: Readonly<Partial<Record<TensorType, number>>> = {
    F32: 1e-6,
    F16: 5e-4,
    BF16: 4e-3,
    Q8_0: 1 / 235,
    Q6_K: 1 / 18,
    Q4_0: 1 / 7.9,
  }

  it.each(Object.entries(errors))('are read from %s within its error', async (type, error) => {
    for (const [index, values] of (
      await readRows(type as TensorType, { type: 'rows', row })
    ).entries()) {
      const expected = row(tokens[index]!)
      for (let from = 0; from < 256; from += 32) {
        const largest = Math.max(...expected.subarray(from, from + 32).map(Math.abs))
        const largestError = Math.max(
          ...values
            .slice(from, from + 32)
            .map((value, at) => Math.abs(value - expected[from + at]!)),
        )
        expect(largestError, `token ${tokens[index]}, block at ${from}`).toBeLessThanOrEqual(
          largest * error + 1e-7,
        )
      }
    }
  })

  it('are the same as one array and row by row', async () => {
    const values = new Float32Array(512 * 256)
    for (let index = 0; index < 512; index++) values.set(row(index), index * 256)
    expect(await readRows('Q8_0', { type: 'values', values })).toEqual(
      await readRows('Q8_0', { type: 'rows', row }),
    )
  })
})

function computeMean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
