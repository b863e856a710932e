import type { OnnxTensor } from '@nano/onnx-graph'
import { computeRopeFactors } from '../../decoder/rope-factors.ts'
import type { DecoderBuild } from './decoder-build.ts'
import { floatTensor } from './float-tensor.ts'

/** Cosines and sines of every position, `[contextLength, headSize / 2]`. */
export function rotaryCaches({
  shape,
  type,
  weights,
}: Pick<DecoderBuild, 'shape' | 'type' | 'weights'>): readonly OnnxTensor[] {
  const half = shape.headSize / 2
  // A GGUF file has the scaling as what each frequency is divided by.
  const factors = weights?.('rope_freqs.weight')?.row(0).slice() ?? computeRopeFactors(shape)
  const frequencies = Float64Array.from(
    { length: half },
    (_, index) => shape.ropeTheta ** ((-2 * index) / shape.headSize) / (factors?.[index] ?? 1),
  )
  return (['cos', 'sin'] as const).map((functionName) => {
    const values = new Float32Array(half)
    const row = (position: number) => {
      for (let index = 0; index < half; index++)
        values[index] = Math[functionName](position * (frequencies[index] ?? 0))
      return values
    }
    return floatTensor({
      name: `${functionName}_cache`,
      type,
      dimensions: [shape.contextLength, half],
      weights: { type: 'rows', row },
    })
  })
}
