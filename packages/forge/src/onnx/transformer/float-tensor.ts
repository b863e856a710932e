import type { OnnxTensor } from '@nano/onnx-graph'
import { tensorFiller } from '../../tensors/tensor-filler.ts'
import type { Weights } from '../../tensors/weights.ts'

interface FloatTensorOptions {
  readonly name: string
  readonly type: 'float32' | 'float16'
  readonly dimensions: readonly number[]
  readonly weights: Weights
}

/** A tensor of floating-point numbers. Its bytes are made when they are written. */
export function floatTensor({ name, type, dimensions, weights }: FloatTensorOptions): OnnxTensor {
  const tensor = {
    name,
    dimensions: dimensions.toReversed(),
    type: type === 'float32' ? 'F32' : 'F16',
    weights,
  } as const
  return {
    name,
    type,
    dimensions,
    bytes: { unit: tensorFiller(tensor).unit, begin: () => tensorFiller(tensor).fill },
  }
}
