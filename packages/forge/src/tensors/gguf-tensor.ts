import { tensorTypes, type TensorType } from './tensor-types.ts'
import type { Weights } from './weights.ts'

/** A tensor of a GGUF file. */
export interface GgufTensor {
  readonly name: string
  /** In ggml's order: the length of a row first, then how many rows. */
  readonly dimensions: readonly number[]
  readonly type: TensorType
  readonly weights: Weights
}

/** Computes the bytes of a tensor's weights, without padding. */
export function computeTensorSize({
  dimensions,
  type,
}: Pick<GgufTensor, 'dimensions' | 'type'>): number {
  const { block, bytes } = tensorTypes[type]
  return (dimensions.reduce((product, size) => product * size, 1) / block) * bytes
}

/** Computes the bytes of a tensor's row. */
export function computeRowSize({
  dimensions: [length = 0],
  type,
}: Pick<GgufTensor, 'dimensions' | 'type'>): number {
  return computeTensorSize({ dimensions: [length], type })
}
