import type { GraphBuilder } from '@nano/onnx-graph'
import { type DecoderBuild, hasFullMatrices } from './decoder-build.ts'
import { addProduct } from './product.ts'

/**
 * Which positions get logits: all, the last, or as many as the input `num_logits_to_keep` says, 0
 * for all.
 */
export type LogitPositions = 'all' | 'last' | 'requested'

/** Selects the positions that get logits. */
export function selectPositions(
  graph: GraphBuilder,
  hiddenStates: string,
  positions: LogitPositions,
): string {
  if (positions === 'all') return hiddenStates
  const axis = graph.addIntegers('one', [1])
  const start =
    positions === 'last'
      ? graph.addIntegers('last', [-1])
      : graph.addNode('Reshape', {
          inputs: [graph.addNode('Neg', { inputs: ['num_logits_to_keep'] }), axis],
        })
  const end = graph.addIntegers('to_the_end', [Number.MAX_SAFE_INTEGER])
  return graph.addNode('Slice', { inputs: [hiddenStates, start, end, axis] })
}

interface LogitsOptions {
  readonly hiddenStates: string
  readonly embedding: string
  /** Whether the output matrix is in four bits too, where the others are. */
  readonly head: 'quantized' | 'full'
}

/** Adds the product with the output matrix. */
export function addLogits(
  decoder: DecoderBuild,
  { hiddenStates, embedding, head }: LogitsOptions,
): void {
  const {
    graph,
    precision,
    shape: { hiddenSize, vocabularySize, hasTiedEmbeddings },
  } = decoder
  const isFull = head === 'full' || hasFullMatrices(precision)
  if (hasTiedEmbeddings && isFull) {
    const matrix = graph.addNode('Transpose', { inputs: [embedding] })
    graph.addNode('MatMul', { inputs: [hiddenStates, matrix], outputs: ['logits'] })
    return
  }
  addProduct(decoder, {
    ggufName: hasTiedEmbeddings ? 'token_embd.weight' : 'output.weight',
    name: 'lm_head.MatMul.weight',
    dimensions: [hiddenSize, vocabularySize],
    input: hiddenStates,
    output: 'logits',
    isFull,
  })
}
