import { computeRopeFactors } from '../decoder/rope-factors.ts'
import { assertShape, listMatrices, type Shape } from '../decoder/shape.ts'
import type { Vocabulary } from '../decoder/vocabulary.ts'
import type { GgufTensor } from '../tensors/gguf-tensor.ts'
import type { Weights } from '../tensors/weights.ts'
import { assertWritable } from './assert-writable.ts'
import { decoderMetadata } from './decoder-metadata.ts'
import type { GgufContents } from './gguf-contents.ts'
import { findMatrixType, findMix, type Quantization } from './quantizations.ts'

/** Options of `transformer`. */
export interface TransformerOptions {
  readonly shape: Shape
  readonly quantization: Quantization
  /** A vocabulary with as many tokens as the shape has. */
  readonly vocabulary: Vocabulary
  /** `general.name`. A runner may choose a chat format by it. */
  readonly name?: string
  /** A Jinja template for chats. By default the file has none. */
  readonly chatTemplate?: string
  /** A whole number. The weights of a tensor depend on it and on the tensor's name. */
  readonly seed?: number
  /** Standard deviation of the weights. */
  readonly deviation?: number
}

/**
 * A decoder of that shape with random weights. Its replies are nonsense, and it takes the memory
 * and the time of a real model. Throws `invalid-request` for sizes that do not fit each other or
 * the quantization.
 */
export function transformer({
  shape,
  quantization,
  vocabulary,
  name = 'forged',
  chatTemplate,
  seed = 0,
  deviation = 0.02,
}: TransformerOptions): GgufContents {
  assertShape(shape, vocabulary.tokens.length)
  const contents = {
    metadata: decoderMetadata({
      shape,
      fileType: findMix(quantization).fileType,
      vocabulary,
      name,
      ...(chatTemplate !== undefined && { chatTemplate }),
    }),
    tensors: decoderTensors(shape, quantization, { type: 'random', seed, deviation }),
  }
  assertWritable(contents)
  return contents
}

function decoderTensors(
  shape: Shape,
  quantization: Quantization,
  weights: Weights,
): readonly GgufTensor[] {
  const { architecture, hiddenSize, layers, headSize, vocabularySize, hasTiedEmbeddings } = shape
  const mix = findMix(quantization)
  const outputType = mix.output ?? mix.type
  const dimensions = [hiddenSize, vocabularySize]
  const ropeFactors = computeRopeFactors(shape)
  const layerTensors = (layer: number): readonly GgufTensor[] => [
    ones(`blk.${layer}.attn_norm.weight`, hiddenSize),
    ones(`blk.${layer}.ffn_norm.weight`, hiddenSize),
    ...(architecture === 'qwen3'
      ? [
          ones(`blk.${layer}.attn_q_norm.weight`, headSize),
          ones(`blk.${layer}.attn_k_norm.weight`, headSize),
        ]
      : []),
    ...listMatrices(shape).map(({ name, dimensions }) => ({
      name: `blk.${layer}.${name}.weight`,
      dimensions,
      type: findMatrixType(mix, { name, layer, layers }),
      weights,
    })),
  ]
  return [
    {
      name: 'token_embd.weight',
      dimensions,
      type: hasTiedEmbeddings ? outputType : mix.type,
      weights,
    },
    ...(ropeFactors ? [vector('rope_freqs.weight', ropeFactors)] : []),
    ...Array.from({ length: layers }, (_, layer) => layerTensors(layer)).flat(),
    ones('output_norm.weight', hiddenSize),
    ...(hasTiedEmbeddings
      ? []
      : [{ name: 'output.weight', dimensions, type: outputType, weights }]),
  ]
}

/** A vector in full precision, in which llama.cpp keeps all vectors. */
function vector(name: string, values: Float32Array): GgufTensor {
  return { name, dimensions: [values.length], type: 'F32', weights: { type: 'values', values } }
}

function ones(name: string, length: number): GgufTensor {
  return vector(name, new Float32Array(length).fill(1))
}
