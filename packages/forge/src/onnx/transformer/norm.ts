import { lookUpTensor, rowWeights } from './arrange-weights.ts'
import type { DecoderBuild } from './decoder-build.ts'
import { floatTensor } from './float-tensor.ts'

interface NormOptions {
  /** Its name in a GGUF file. */
  readonly ggufName: string
  /** Its name in an ONNX export. */
  readonly name: string
  /** By default the hidden size. */
  readonly length?: number
}

/** Adds a norm and returns its output. */
export function addNorm(decoder: DecoderBuild, input: string, options: NormOptions): string {
  return decoder.graph.addNode('SimplifiedLayerNormalization', {
    inputs: [input, addGain(decoder, options)],
    attributes: { axis: -1, epsilon: { float: decoder.shape.normEpsilon }, stash_type: 1 },
  })
}

/** Adds a sum and its norm in one operation. */
export function addSumNorm(
  decoder: DecoderBuild,
  terms: readonly [string, string],
  options: NormOptions,
): { readonly norm: string; readonly sum: string } {
  const [norm, sum] = [`${options.name}/output`, `${options.name}/sum`]
  decoder.graph.addNode('SkipSimplifiedLayerNormalization', {
    domain: 'com.microsoft',
    inputs: [...terms, addGain(decoder, options)],
    attributes: { epsilon: { float: decoder.shape.normEpsilon } },
    outputs: [norm, '', '', sum],
  })
  return { norm, sum }
}

/** Adds the weights of a norm: ones where there is no lookup. */
function addGain(
  { graph, shape, type, weights }: DecoderBuild,
  { ggufName, name, length = shape.hiddenSize }: NormOptions,
): string {
  const tensor = lookUpTensor(weights, ggufName, [length])
  return graph.addTensor(
    floatTensor({
      name,
      type,
      dimensions: [length],
      weights: tensor
        ? rowWeights(tensor)
        : { type: 'values', values: new Float32Array(length).fill(1) },
    }),
  )
}
