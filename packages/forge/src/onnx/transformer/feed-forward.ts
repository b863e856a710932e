import type { DecoderBuild } from './decoder-build.ts'
import { addLayerProduct } from './product.ts'

/** Adds the feed-forward network of a layer, gated by SiLU. */
export function addFeedForward(
  decoder: DecoderBuild,
  { layer, input }: { readonly layer: number; readonly input: string },
): string {
  const { graph } = decoder
  const gate = addLayerProduct(decoder, { layer, matrix: 'ffn_gate', input })
  const up = addLayerProduct(decoder, { layer, matrix: 'ffn_up', input })
  const swish = graph.addNode('Mul', {
    inputs: [gate, graph.addNode('Sigmoid', { inputs: [gate] })],
  })
  return addLayerProduct(decoder, {
    layer,
    matrix: 'ffn_down',
    input: graph.addNode('Mul', { inputs: [swish, up] }),
  })
}
