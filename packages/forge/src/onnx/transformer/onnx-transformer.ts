import { NanoError } from '@nano/core'
import { GraphBuilder, type OnnxGraph } from '@nano/onnx-graph'
import { assertShape, listMatrices, type Shape } from '../../decoder/shape.ts'
import type { WeightLookup } from '../../decoder/weight-lookup.ts'
import { addAttention, addPositions, type Positions } from './attention.ts'
import { type DecoderBuild, hasFullMatrices, type OnnxPrecision } from './decoder-build.ts'
import { addFeedForward } from './feed-forward.ts'
import { blockSize } from './four-bit-tensors.ts'
import { addNorm, addSumNorm } from './norm.ts'
import { addLogits, selectPositions, type LogitPositions } from './output-logits.ts'
import { addEmbedding } from './product.ts'

/** Options of `onnxTransformer`. */
export interface OnnxTransformerOptions {
  readonly shape: Shape
  readonly precision: OnnxPrecision
  /** By default weights are random. */
  readonly weights?: WeightLookup
  /** A whole number. The random weights of a tensor depend on it and on the tensor's name. */
  readonly seed?: number
  /** Standard deviation of random weights. */
  readonly deviation?: number
  /**
   * Whether the graph has the input `position_ids`. Without it, attention counts positions from the
   * cache.
   */
  readonly hasPositionIds?: boolean
  readonly logits?: LogitPositions
  /** Whether blocks in four bits have a zero point of their own instead of 8. */
  readonly hasZeroPoints?: boolean
  /**
   * `accuracy_level` of products in four bits: 4 rounds the other factor to 8 bits; 1 or none
   * computes in 32.
   */
  readonly accuracyLevel?: 0 | 1 | 2 | 3 | 4
  /**
   * Whether the output matrix is in four bits too, in `q4` and `q4f16`. A full one with tied
   * embeddings is the embedding itself.
   */
  readonly head?: 'quantized' | 'full'
}

/**
 * The graph of a decoder as onnxruntime-genai's model builder writes it, with random weights or
 * others. Inputs: `input_ids`, `attention_mask`, `past_key_values.{i}.key` and `.value`; outputs:
 * `logits`, `present.{i}.key` and `.value`. Throws `invalid-request` for sizes that do not fit each
 * other or four bits, and `bad-model` for weights that do not fit the shape.
 * @see https://github.com/microsoft/onnxruntime-genai/tree/main/src/python/py/models/builders
 */
export function onnxTransformer({
  shape,
  precision,
  weights,
  seed = 0,
  deviation = 0.02,
  hasPositionIds = false,
  logits = 'all',
  hasZeroPoints = false,
  accuracyLevel,
  head = 'quantized',
}: OnnxTransformerOptions): OnnxGraph {
  assertPackable(shape, precision)
  const graph = new GraphBuilder()
  const type = precision === 'fp32' || precision === 'q4' ? 'float32' : 'float16'
  const decoder: DecoderBuild = {
    graph,
    shape,
    precision,
    type,
    weights,
    seed,
    deviation,
    hasZeroPoints,
    accuracyLevel,
  }

  graph.addInput('input_ids', 'int64', ['batch_size', 'sequence_length'])
  graph.addInput('attention_mask', 'int64', ['batch_size', 'total_sequence_length'])
  if (hasPositionIds) graph.addInput('position_ids', 'int64', ['batch_size', 'sequence_length'])
  if (logits === 'requested') graph.addInput('num_logits_to_keep', 'int64', [])
  graph.addOutput('logits', type, ['batch_size', logitsLength[logits], shape.vocabularySize])

  const positions = addPositions(decoder, hasPositionIds)
  const embedding = addEmbedding(decoder)
  const hiddenStates = addLayers(decoder, embedding, positions)
  addLogits(decoder, {
    hiddenStates: selectPositions(graph, hiddenStates, logits),
    embedding,
    head,
  })
  return graph.build('main_graph')
}

/** The dimension of logits that counts positions. */
const logitsLength = { all: 'sequence_length', last: 1, requested: 'num_logits_to_keep' } as const

function assertPackable(shape: Shape, precision: OnnxPrecision): void {
  assertShape(shape)
  if (hasFullMatrices(precision)) return
  for (const { name, dimensions } of listMatrices(shape)) {
    const [columns] = dimensions
    if (columns % blockSize !== 0)
      throw new NanoError(
        'invalid-request',
        `forge: ${name} has rows of ${columns} weights, ` +
          `and ${precision} packs ${blockSize} at a time. ` +
          `Give a shape of multiples of ${blockSize}, or choose fp32 or fp16.`,
      )
  }
}

/** Adds all layers and the last norm, and returns its output. */
function addLayers(decoder: DecoderBuild, embedding: string, positions: Positions): string {
  const { graph, shape } = decoder
  let sum = graph.addNode('Gather', { inputs: [embedding, 'input_ids'] })
  let norm = addNorm(decoder, sum, inputNorm(0))
  for (let layer = 0; layer < shape.layers; layer++) {
    const attention = addAttention(decoder, { layer, input: norm, positions })
    ;({ norm, sum } = addSumNorm(decoder, [sum, attention], {
      ggufName: `blk.${layer}.ffn_norm.weight`,
      name: `model.layers.${layer}.post_attention_layernorm.weight`,
    }))
    const feedForward = addFeedForward(decoder, { layer, input: norm })
    const isLast = layer === shape.layers - 1
    ;({ norm, sum } = addSumNorm(
      decoder,
      [sum, feedForward],
      isLast ? outputNorm : inputNorm(layer + 1),
    ))
  }
  return norm
}

const inputNorm = (layer: number) => ({
  ggufName: `blk.${layer}.attn_norm.weight`,
  name: `model.layers.${layer}.input_layernorm.weight`,
})
const outputNorm = { ggufName: 'output_norm.weight', name: 'model.norm.weight' }
