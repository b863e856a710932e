import type { GgufTensor } from '../../src/index.ts'

export const randomWeights = { type: 'random', seed: 1, deviation: 0.02 } as const

/** A small tensor with changes. */
export function testTensor(changes: Partial<GgufTensor> = {}): GgufTensor {
  return {
    name: 'a.weight',
    dimensions: [64, 3],
    type: 'Q8_0',
    weights: randomWeights,
    ...changes,
  }
}

/** A tensor of several chunks. */
export const longTensor = testTensor({ dimensions: [1_024, 8_192] })
