import { listMatrices, type MatrixName } from '../../decoder/shape.ts'
import type { Weights } from '../../tensors/weights.ts'
import { lookUpTensor, rowWeights, splitRotaryPairs, transpose } from './arrange-weights.ts'
import { type DecoderBuild, hasFullMatrices } from './decoder-build.ts'
import { floatTensor } from './float-tensor.ts'
import { blockSize, fourBitTensors } from './four-bit-tensors.ts'

/** Names of matrices in an export, by llama.cpp's. */
export const exportNames: Readonly<Record<MatrixName, string>> = {
  attn_q: 'attn.q_proj',
  attn_k: 'attn.k_proj',
  attn_v: 'attn.v_proj',
  attn_output: 'attn.o_proj',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
}

interface LayerProductOptions {
  readonly layer: number
  readonly matrix: MatrixName
  readonly input: string
}

/** Adds a product with a matrix of a layer. */
export function addLayerProduct(
  decoder: DecoderBuild,
  { layer, matrix, input }: LayerProductOptions,
): string {
  const { dimensions = [0, 0] } =
    listMatrices(decoder.shape).find(({ name }) => name === matrix) ?? {}
  return addProduct(decoder, {
    ggufName: `blk.${layer}.${matrix}.weight`,
    name: `model.layers.${layer}.${exportNames[matrix]}.MatMul.weight`,
    dimensions,
    input,
  })
}

interface ProductOptions {
  /** The name of the matrix in a GGUF file. */
  readonly ggufName: string
  /** The name of the matrix in an ONNX export. */
  readonly name: string
  readonly dimensions: readonly [columns: number, rows: number]
  readonly input: string
  /** By default the builder names it. */
  readonly output?: string
  /** Whether the matrix has the precision that the graph computes in. */
  readonly isFull?: boolean
}

/** Adds a product with a matrix, in the precision of the graph or in four bits. */
export function addProduct(
  decoder: DecoderBuild,
  {
    ggufName,
    name,
    dimensions,
    input,
    output,
    isFull = hasFullMatrices(decoder.precision),
  }: ProductOptions,
): string {
  const { graph, shape, type, hasZeroPoints, accuracyLevel, weights } = decoder
  const [columns, rows] = dimensions
  const tensor = lookUpTensor(weights, ggufName, dimensions)
  const matrix = tensor && /attn_[qk]\./.test(ggufName) ? splitRotaryPairs(tensor, shape) : tensor
  const outputs = output === undefined ? {} : { outputs: [output] }
  if (isFull) {
    const transposed = floatTensor({
      name,
      type,
      dimensions: [columns, rows],
      weights: matrix ? transpose(matrix) : randomWeightsOf(decoder),
    })
    return graph.addNode('MatMul', { inputs: [input, graph.addTensor(transposed)], ...outputs })
  }

  const tensors = fourBitTensors({
    name,
    columns,
    rows,
    type,
    hasZeroPoints,
    weights: matrix ?? randomWeightsOf(decoder),
  })
  return graph.addNode('MatMulNBits', {
    domain: 'com.microsoft',
    inputs: [input, ...tensors.map((tensor) => graph.addTensor(tensor))],
    attributes: {
      K: columns,
      N: rows,
      bits: 4,
      block_size: blockSize,
      ...(accuracyLevel !== undefined && { accuracy_level: accuracyLevel }),
    },
    ...outputs,
  })
}

/** Adds the embedding, which is never in four bits. */
export function addEmbedding(decoder: DecoderBuild): string {
  const {
    graph,
    type,
    shape: { hiddenSize, vocabularySize },
    weights,
  } = decoder
  const tensor = lookUpTensor(weights, 'token_embd.weight', [hiddenSize, vocabularySize])
  return graph.addTensor(
    floatTensor({
      name: 'model.embed_tokens.weight',
      type,
      dimensions: [vocabularySize, hiddenSize],
      weights: tensor ? rowWeights(tensor) : randomWeightsOf(decoder),
    }),
  )
}

function randomWeightsOf({ seed, deviation }: DecoderBuild): Weights & { readonly type: 'random' } {
  return { type: 'random', seed, deviation }
}
