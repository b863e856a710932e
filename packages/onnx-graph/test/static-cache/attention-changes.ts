import type { OnnxGraph, OnnxNode } from '../../src/index.ts'
import { randomDecoder } from '../support/session.ts'

/** A decoder whose attentions are changed. */
export function withAttentions(change: (node: OnnxNode) => Partial<OnnxNode>): OnnxGraph {
  const graph = randomDecoder()
  return {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.operator === 'GroupQueryAttention' ? { ...node, ...change(node) } : node,
    ),
  }
}

/**
 * A decoder whose attentions take query, key and value in one, as onnxruntime-genai packs them, and
 * have the default scale.
 */
export function decoderWithPackedQuery(): OnnxGraph {
  const graph = randomDecoder()
  return {
    ...graph,
    nodes: graph.nodes.flatMap((node) => {
      if (node.operator !== 'GroupQueryAttention') return [node]
      const [query = '', key = '', value = '', ...otherInputs] = node.inputs
      const packedName = `${query}/packed`
      return [
        {
          operator: 'Concat',
          inputs: [query, key, value],
          outputs: [packedName],
          attributes: { axis: 2 },
        },
        {
          ...node,
          inputs: [packedName, '', '', ...otherInputs],
          attributes: { ...node.attributes, scale: { float: 0 } },
        },
      ]
    }),
  }
}
