import { encodeNode } from '../graph/encode-model.ts'
import { GraphBuilder } from '../graph/graph-builder.ts'
import { toBytes } from '../protobuf/encode-fields.ts'
import type { GroupQueryAttention } from './group-query-attention.ts'

/** An attention, with what the rest of the model says of it. */
export interface Attention extends GroupQueryAttention {
  /** The width of a head. */
  readonly width: number
  readonly scale: number
  /** How many numbers of a head the rotary embedding turns; absent without one. */
  readonly rotaryWidth?: number
}

/** Values of the main graph that all layers share. */
export interface SharedValues {
  readonly main: GraphBuilder
  /** Whether one token of each sequence is read. */
  readonly isSingleToken: string
  /** Tokens in the cache before the run, `[batch]`. */
  readonly pastLength: string
  /** Positions of the tokens that are read, where it is one per sequence, `[batch, 1]`. */
  readonly positions: string
  /** Added to scores of the cache, `[batch, 1, 1, length]`: -Infinity where it is not filled. */
  readonly mask: string
  /** Two sizes to split scores by: the length of the cache, and one. */
  readonly splitSizes: string
}

/** Encodes a node that computes an attention over a static cache, with outputs of new names. */
export function encodeStaticAttention(
  attention: Attention,
  shared: SharedValues,
  newNames: ReadonlyMap<string, string>,
): Uint8Array {
  const outputs = attention.outputs.slice(0, 3).map((name) => newNames.get(name) ?? name)
  const attributes = {
    then_branch: { graph: attendSingleToken(attention, shared).build('one') },
    else_branch: { graph: attendSeveralTokens(attention, shared).build('several') },
  }
  return toBytes(
    encodeNode(
      { operator: 'If', inputs: [shared.isSingleToken], outputs, attributes },
      `static/${attention.outputs[0]}`,
    ),
  )
}

/**
 * Builds a graph where a token attends to the cache and to itself. The two are not concatenated, so
 * that the cache is not copied.
 */
function attendSingleToken(attention: Attention, shared: SharedValues): GraphBuilder {
  const {
    inputs: [, , , pastKey = '', pastValue = ''],
    outputs: [name = ''],
    heads,
    kvHeads,
    scale,
  } = attention
  const { main, mask, splitSizes } = shared
  const graph = new GraphBuilder(`static/${name}/one/`)
  const queryShape = main.addIntegers(`static/group/${heads}/${kvHeads}`, [
    0,
    kvHeads,
    heads / kvHeads,
    -1,
  ])
  const keyShape = main.addIntegers(`static/own/${kvHeads}`, [0, kvHeads, 1, -1])
  const [flatQuery = '', flatKey = '', flatValue = ''] = addProjections(graph, attention, shared)
  const query = graph.addNode('Reshape', { inputs: [flatQuery, queryShape] })
  const key = graph.addNode('Reshape', { inputs: [flatKey, keyShape] })
  const value = graph.addNode('Reshape', { inputs: [flatValue, keyShape] })

  const addScores = (keys: string) =>
    graph.addNode('FusedMatMul', {
      domain: 'com.microsoft',
      inputs: [query, keys],
      attributes: { transB: 1, alpha: { float: scale } },
    })
  const cacheScores = graph.addNode('Add', { inputs: [addScores(pastKey), mask] })
  const scores = graph.addNode('Concat', {
    inputs: [cacheScores, addScores(key)],
    attributes: { axis: 3 },
  })
  const [cacheWeights, ownWeight] = ['there', 'itself'].map(
    (part) => `static/${name}/one/${part}`,
  ) as [string, string]
  graph.addNode('Split', {
    inputs: [graph.addNode('Softmax', { inputs: [scores], attributes: { axis: 3 } }), splitSizes],
    attributes: { axis: 3 },
    outputs: [cacheWeights, ownWeight],
  })
  const sum = graph.addNode('Add', {
    inputs: [
      graph.addNode('MatMul', { inputs: [cacheWeights, pastValue] }),
      graph.addNode('Mul', { inputs: [ownWeight, value] }),
    ],
  })
  const rowShape = main.addIntegers('static/row', [0, 1, -1])
  addOutputs(graph, [graph.addNode('Reshape', { inputs: [sum, rowShape] }), key, value])
  return graph
}

/** Adds query, key and value, the first two rotated by their positions. */
function addProjections(
  graph: GraphBuilder,
  { inputs, outputs: [name = ''], rotary, rotaryWidth, heads, kvHeads, width }: Attention,
  { main, positions }: SharedValues,
): readonly string[] {
  const [packedQuery = '', packedKey = '', packedValue = '', , , , , cos = '', sin = ''] = inputs
  const parts = ['query', 'key', 'value'].map((part) => `static/${name}/one/${part}`)
  const isPacked = packedKey === ''
  if (isPacked)
    graph.addNode('Split', {
      inputs: [
        packedQuery,
        main.addIntegers(`static/packed/${heads}/${kvHeads}/${width}`, [
          heads * width,
          kvHeads * width,
          kvHeads * width,
        ]),
      ],
      attributes: { axis: 2 },
      outputs: parts,
    })
  const [query = '', key = '', value = ''] = isPacked
    ? parts
    : [packedQuery, packedKey, packedValue]
  if (!rotary || rotaryWidth === undefined) return [query, key, value]
  const addRotation = (input: string, headCount: number) =>
    graph.addNode('RotaryEmbedding', {
      domain: 'com.microsoft',
      inputs: [input, positions, cos, sin],
      attributes: {
        interleaved: rotary.interleaved,
        num_heads: headCount,
        rotary_embedding_dim: rotaryWidth,
      },
    })
  return [addRotation(query, heads), addRotation(key, kvHeads), value]
}

/** Builds a graph that runs the attention as it was, over a copy of the filled cache. */
function attendSeveralTokens(
  { inputs, outputs: [name = ''], attributes }: Attention,
  { main, pastLength }: SharedValues,
): GraphBuilder {
  const graph = new GraphBuilder(`static/${name}/several/`)
  const start = main.addInteger(0)
  const end = main.addInteger(Number.MAX_SAFE_INTEGER)
  const lengthAxis = main.addInteger(2)
  const past = inputs
    .slice(3, 5)
    .map((cache) => graph.addNode('Slice', { inputs: [cache, start, pastLength, lengthAxis] }))
  const outputs = ['mixed', 'key', 'value'].map((part) => `static/${name}/several/${part}`)
  graph.addNode('GroupQueryAttention', {
    domain: 'com.microsoft',
    inputs: [...inputs.slice(0, 3), ...past, ...inputs.slice(5, 9)],
    attributes,
    outputs,
  })
  const [result = '', ...present] = outputs
  const addedCaches = present.map((cache) =>
    graph.addNode('Slice', { inputs: [cache, pastLength, end, lengthAxis] }),
  )
  addOutputs(graph, [result, ...addedCaches])
  return graph
}

/** Adds outputs with names for their dimensions: three of the result, four of keys and values. */
function addOutputs(graph: GraphBuilder, [result = '', ...cache]: readonly string[]): void {
  const addOutput = (value: string, axes: readonly string[]) =>
    graph.addOutput(
      value,
      'float32',
      axes.map((axis) => `${value}/${axis}`),
    )
  addOutput(result, ['b', 'c', 'd'])
  for (const value of cache) addOutput(value, ['a', 'b', 'c', 'd'])
}
