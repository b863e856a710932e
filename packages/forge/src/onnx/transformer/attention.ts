import type { DecoderBuild } from './decoder-build.ts'
import { addNorm } from './norm.ts'
import { addLayerProduct, exportNames } from './product.ts'
import { rotaryCaches } from './rotary-caches.ts'

/** What the attention of every layer knows of positions. */
export interface Positions {
  /** `seqlens_k`, the index of each sequence's last token, and the length of the longest. */
  readonly lengths: readonly string[]
  /** Cosines and sines. */
  readonly caches: readonly string[]
  /**
   * Whether a RotaryEmbedding reads the input `position_ids`. GroupQueryAttention would read the
   * first position only.
   */
  readonly hasPositionIds: boolean
}

/** Adds what the attention of every layer needs to know the positions of its tokens. */
export function addPositions(decoder: DecoderBuild, hasPositionIds: boolean): Positions {
  const { graph } = decoder
  const addInt32 = (input: string) => graph.addCast(input, 'int32')
  const one = graph.addIntegers('one', [1])
  const count = graph.addNode('ReduceSum', {
    inputs: ['attention_mask', one],
    attributes: { keepdims: 1 },
  })
  const lastIndex = addInt32(graph.addNode('Sub', { inputs: [count, one] }))
  const total = graph.addNode('Gather', {
    inputs: [
      graph.addNode('Shape', { inputs: ['attention_mask'] }),
      graph.addIntegers('length_axis', [1], []),
    ],
    attributes: { axis: 0 },
  })
  return {
    lengths: [lastIndex, addInt32(total)],
    caches: rotaryCaches(decoder).map((cache) => graph.addTensor(cache)),
    hasPositionIds,
  }
}

interface AttentionOptions {
  readonly layer: number
  readonly input: string
  readonly positions: Positions
}

/** Adds the attention of a layer, with its part of the KV cache as inputs and outputs. */
export function addAttention(
  decoder: DecoderBuild,
  { layer, input, positions }: AttentionOptions,
): string {
  const {
    graph,
    shape: { heads, kvHeads, headSize },
    type,
  } = decoder
  const { lengths, caches, hasPositionIds } = positions
  const projections = (['attn_q', 'attn_k', 'attn_v'] as const).map((matrix) => {
    const product = addLayerProduct(decoder, { layer, matrix, input })
    if (matrix === 'attn_v') return product
    const projection = addHeadNorm(decoder, { layer, matrix, input: product })
    return hasPositionIds
      ? graph.addNode('RotaryEmbedding', {
          domain: 'com.microsoft',
          inputs: [projection, 'position_ids', ...caches],
          attributes: { interleaved: 0 },
        })
      : projection
  })
  const cacheParts = ['key', 'value']
  const past = cacheParts.map((part) =>
    graph.addInput(`past_key_values.${layer}.${part}`, type, [
      'batch_size',
      kvHeads,
      'past_sequence_length',
      headSize,
    ]),
  )
  const present = cacheParts.map((part) => `present.${layer}.${part}`)
  for (const name of present)
    graph.addOutput(name, type, ['batch_size', kvHeads, 'total_sequence_length', headSize])
  const output = `layers.${layer}.attention`
  graph.addNode('GroupQueryAttention', {
    domain: 'com.microsoft',
    inputs: [...projections, ...past, ...lengths, ...(hasPositionIds ? [] : caches)],
    attributes: {
      num_heads: heads,
      kv_num_heads: kvHeads,
      scale: { float: 1 / Math.sqrt(headSize) },
      do_rotary: hasPositionIds ? 0 : 1,
      rotary_interleaved: 0,
    },
    outputs: [output, ...present],
  })
  return addLayerProduct(decoder, { layer, matrix: 'attn_output', input: output })
}

interface HeadNormOptions {
  readonly layer: number
  readonly matrix: 'attn_q' | 'attn_k'
  readonly input: string
}

/** Adds the norm of each head of queries or keys, which qwen3 has. */
function addHeadNorm(decoder: DecoderBuild, { layer, matrix, input }: HeadNormOptions): string {
  const {
    graph,
    shape: { architecture, heads, kvHeads, headSize },
  } = decoder
  if (architecture !== 'qwen3') return input
  const addReshape = (data: string, name: string, sizes: readonly number[]) =>
    graph.addNode('Reshape', { inputs: [data, graph.addIntegers(name, sizes)] })
  const norm = addNorm(decoder, addReshape(input, 'by_head', [0, -1, headSize]), {
    ggufName: `blk.${layer}.${matrix}_norm.weight`,
    name: `model.layers.${layer}.${exportNames[matrix].replace('_proj', '_norm')}.layernorm.weight`,
    length: headSize,
  })
  const width = (matrix === 'attn_q' ? heads : kvHeads) * headSize
  return addReshape(norm, `${matrix}_together`, [0, -1, width])
}
