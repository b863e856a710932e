import { describe, expect, it } from 'vitest'
import { computeRopeFactors } from '../../src/decoder/rope-factors.ts'
import {
  madeUpVocabulary,
  shapes,
  transformer,
  type Quantization,
  type Shape,
} from '../../src/index.ts'
import { computeTensorSize } from '../../src/tensors/gguf-tensor.ts'

const shape = shapes['nemotron-nano-4b']
const tensorsOf = (shape: Shape, quantization: Quantization) =>
  transformer({ shape, quantization, vocabulary: madeUpVocabulary(shape.vocabularySize) }).tensors

describe('Nemotron Nano 4B', () => {
  // Of the files at huggingface.co/bartowski/nvidia_Llama-3.1-Nemotron-Nano-4B-v1.1-GGUF, less
  // 7,839,008 bytes of header.
  const publishedSizes: readonly (readonly [Quantization, number])[] = [
    ['F16', 9_033_731_616],
    ['Q8_0', 4_803_218_976],
    ['Q6_K', 3_710_336_544],
    ['Q5_K_M', 3_230_189_088],
    ['Q4_K_M', 2_778_285_600],
    ['Q4_K_S', 2_664_252_960],
  ]
  it.each(publishedSizes)('in %s takes the bytes that llama.cpp writes', (quantization, bytes) => {
    const size = tensorsOf(shape, quantization).reduce(
      (sum, tensor) => sum + computeTensorSize(tensor),
      0,
    )
    expect(size).toBe(bytes - 7_839_008)
  })
})

it('Q4_K_M has more bits in an eighth of the layers at each end and in every third between', () => {
  const values = tensorsOf(shape, 'Q4_K_M').filter(({ name }) => name.endsWith('attn_v.weight'))
  expect(values.flatMap(({ type }, layer) => (type === 'Q6_K' ? [layer] : []))).toEqual([
    0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31,
  ])
})

it.each([
  ['nemotron-nano-4b', 4_512_746_496],
  ['llama-3.1-8b', 8_030_261_248],
  ['llama-3.2-1b', 1_235_814_400],
  ['qwen3-0.6b', 596_049_920],
  ['qwen3-1.7b', 1_720_574_976],
  ['qwen3-4b', 4_022_468_096],
] as const)('%s has as many parameters as its model', (name, count) => {
  const parameters = tensorsOf(shapes[name], 'F16')
    .filter(({ name }) => name !== 'rope_freqs.weight')
    .map(({ dimensions }) => dimensions.reduce((product, size) => product * size, 1))
  expect(parameters.reduce((sum, size) => sum + size, 0)).toBe(count)
})

it('scaling divides slow rotary frequencies by the factor and keeps fast ones', () => {
  const factors = computeRopeFactors(shape) ?? expect.fail('the shape is not scaled')
  expect(factors).toHaveLength(64)
  expect([factors[0], factors[63]]).toEqual([1, 4])
  expect([...factors]).toEqual([...factors].toSorted((a, b) => a - b))
  expect(factors.filter((factor) => factor > 1 && factor < 4).length).toBeGreaterThan(2)
})
