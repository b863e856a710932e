import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  madeUpVocabulary,
  shapes,
  tensorTypes,
  transformer,
  writeGguf,
  type GgufTensor,
  type TensorType,
  type Weights,
} from '../../src/index.ts'
import { temporaryFolder } from '../../../../test/shared/folder.ts'
import { hiddenStates, load } from './runtime.ts'

const folder = temporaryFolder()
const vocabulary = madeUpVocabulary(512)
const tokens = [0, 1, 300, 301, 302, 303, 304, 511]

/**
 * The embedding's rows of the tokens, as ggml reads it: layers add nothing, and a last norm with a
 * large epsilon hardly scales.
 */
async function readBack(type: TensorType, weights: Weights): Promise<number[][]> {
  const path = join(folder, `${type}-${weights.type}.gguf`)
  const { metadata, tensors } = transformer({
    shape: { ...shapes.small, layers: 1, normEpsilon: 1 },
    quantisation: 'F16',
    vocabulary,
  })
  const through = tensors.map((tensor): GgufTensor => {
    if (tensor.name === 'token_embd.weight') return { ...tensor, type, weights }
    return /attn_output|ffn_down/.test(tensor.name)
      ? { ...tensor, weights: { type: 'zeros' } }
      : tensor
  })
  await writeGguf({ path, metadata, tensors: through })
  return (await hiddenStates(await load(path), tokens)).map((scaled) => {
    const square = meanOf(scaled.map((value) => value * value))
    return scaled.map((value) => value / Math.sqrt(1 - square))
  })
}

describe('random weights', () => {
  it.each(Object.keys(tensorTypes) as TensorType[])(
    'of type %s have the mean and the deviation asked for, as ggml reads them',
    async (type) => {
      const values = (await readBack(type, { type: 'random', seed: 3, deviation: 0.02 })).flat()
      const mean = meanOf(values)
      const deviation = Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)))
      expect(values.length).toBe(2_048)
      // Within four standard errors, and less than a step of the coarsest type but one.
      expect(Math.abs(mean)).toBeLessThan(0.002)
      expect(deviation / 0.02).toBeGreaterThan(0.95)
      expect(deviation / 0.02).toBeLessThan(1.05)
      expect(new Set(values).size).toBeGreaterThan(3)
    },
  )
})

describe('given weights', () => {
  /** Different in every row, block and sign; one block of zeros. */
  const row = (index: number) =>
    Float32Array.from({ length: 256 }, (_, at) =>
      at >= 64 && at < 96 ? 0 : Math.sin(7 * at + index) * (0.01 + at / 5_000),
    )
  /**
   * Largest error, in units of the largest weight of a block. In Q6_K scales are rounded too, to 8
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

  it.each(Object.entries(errors))('come back from %s within its error', async (type, error) => {
    for (const [index, values] of (
      await readBack(type as TensorType, { type: 'rows', row })
    ).entries()) {
      const expected = row(tokens[index]!)
      for (let from = 0; from < 256; from += 32) {
        const largest = Math.max(...expected.subarray(from, from + 32).map(Math.abs))
        const worst = Math.max(
          ...values
            .slice(from, from + 32)
            .map((value, at) => Math.abs(value - expected[from + at]!)),
        )
        expect(worst, `token ${tokens[index]}, block at ${from}`).toBeLessThanOrEqual(
          largest * error + 1e-7,
        )
      }
    }
  })

  it('are the same given whole or row by row', async () => {
    const values = new Float32Array(512 * 256)
    for (let index = 0; index < 512; index++) values.set(row(index), index * 256)
    expect(await readBack('Q8_0', { type: 'given', values })).toEqual(
      await readBack('Q8_0', { type: 'rows', row }),
    )
  })
})

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
