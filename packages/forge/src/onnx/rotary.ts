import type { OnnxTensor } from '@nano/onnx-graph'
import { ropeFactors } from '../rope.ts'
import type { Shape } from '../shapes.ts'
import type { GivenWeights } from './given-weights.ts'
import { floats } from './sources.ts'

interface Rotary {
  readonly shape: Shape
  readonly type: 'float32' | 'float16'
  /** A GGUF file keeps the scaling as what each frequency is divided by. */
  readonly weights?: GivenWeights
}

/** Cosines and sines of every position, `[contextLength, headSize / 2]`. */
export function rotaryCaches({ shape, type, weights }: Rotary): readonly OnnxTensor[] {
  const half = shape.headSize / 2
  const factors = weights?.('rope_freqs.weight')?.row(0).slice() ?? ropeFactors(shape)
  const frequencies = Float64Array.from(
    { length: half },
    (_, index) => shape.ropeTheta ** ((-2 * index) / shape.headSize) / (factors?.[index] ?? 1),
  )
  return (['cos', 'sin'] as const).map((function_) => {
    const values = new Float32Array(half)
    const row = (position: number) => {
      for (let index = 0; index < half; index++)
        values[index] = Math[function_](position * (frequencies[index] ?? 0))
      return values
    }
    return floats({
      name: `${function_}_cache`,
      type,
      dimensions: [shape.contextLength, half],
      weights: { type: 'rows', row },
    })
  })
}
