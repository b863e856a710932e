import type { GraphBuilder } from '@nano/onnx-graph'
import type { Shape } from '../../decoder/shape.ts'
import type { WeightLookup } from '../../decoder/weight-lookup.ts'

/**
 * What a graph computes in and keeps its weights in: `q4` and `q4f16` have matrices in four bits
 * and compute in 32 and 16 bits.
 */
export type OnnxPrecision = 'fp32' | 'fp16' | 'q4' | 'q4f16'

/** What every part of the graph needs. */
export interface DecoderBuild {
  readonly graph: GraphBuilder
  readonly shape: Shape
  readonly precision: OnnxPrecision
  /** What the graph computes in. */
  readonly type: 'float32' | 'float16'
  /** Absent for random weights. */
  readonly weights: WeightLookup | undefined
  readonly seed: number
  readonly deviation: number
  readonly hasZeroPoints: boolean
  readonly accuracyLevel: number | undefined
}

/** Whether matrices have the precision that the graph computes in. */
export function hasFullMatrices(precision: OnnxPrecision): boolean {
  return precision === 'fp32' || precision === 'fp16'
}
