import { encodeNode } from '../graph/encode-model.ts'
import { Graph } from '../graph/graph-builder.ts'
import type { GroupedQuery } from './grouped-query.ts'
import type { Encoded } from '../protobuf/encode-fields.ts'

export interface Attention extends GroupedQuery {
  /** Of a head. */
  readonly width: number
  readonly scale: number
  /** How many numbers of a head are rotated. */
  readonly rotated?: number
}

/** Names of where tokens go, the same in every layer. */
export interface Place {
  /** Makes a constant. */
  readonly whole: (name: string, values: readonly number[]) => string
  /** Whether one token of each sequence is read. */
  readonly one: string
  /** Tokens there are, `[batch]`. */
  readonly past: string
  /** Of the tokens read, where it is one of each sequence, `[batch, 1]`. */
  readonly positions: string
  /** What is added to the scores of the room, `[batch, 1, 1, room]`. */
  readonly mask: string
  /** Room, and one. */
  readonly parts: string
}

/** A node in place of an attention's, with `renamed` outputs. */
export function staticAttention(
  attention: Attention,
  place: Place,
  renamed: ReadonlyMap<string, string>,
): Encoded {
  const outputs = attention.outputs.slice(0, 3).map((name) => renamed.get(name) ?? name)
  const branches = {
    then_branch: { graph: ofOne(attention, place).contents('one') },
    else_branch: { graph: ofSeveral(attention, place).contents('several') },
  }
  return encodeNode(
    { operator: 'If', inputs: [place.one], outputs, attributes: branches },
    `static/${attention.outputs[0]}`,
  )
}

/** A token over what is there and over itself, which are not put together. */
function ofOne(attention: Attention, { whole, positions, mask, parts }: Place): Graph {
  const {
    inputs: [, , , pastKey = '', pastValue = ''],
    outputs: [name = ''],
    heads,
    kvHeads,
    scale,
  } = attention
  const graph = new Graph(`static/${name}/one/`)
  const group = whole(`group/${heads}/${kvHeads}`, [0, kvHeads, heads / kvHeads, -1])
  const own = whole(`own/${kvHeads}`, [0, kvHeads, 1, -1])
  const [query = '', key = '', value = ''] = projections(graph, attention, { whole, positions })
  const shaped = graph.add('Reshape', { inputs: [query, group] })
  const newKey = graph.add('Reshape', { inputs: [key, own] })
  const newValue = graph.add('Reshape', { inputs: [value, own] })

  const scores = (keys: string) =>
    graph.add('FusedMatMul', {
      domain: 'com.microsoft',
      inputs: [shaped, keys],
      attributes: { transB: 1, alpha: { float: scale } },
    })
  const both = graph.add('Concat', {
    inputs: [graph.add('Add', { inputs: [scores(pastKey), mask] }), scores(newKey)],
    attributes: { axis: 3 },
  })
  const [there, itself] = [`static/${name}/one/there`, `static/${name}/one/itself`]
  graph.add('Split', {
    inputs: [graph.add('Softmax', { inputs: [both], attributes: { axis: 3 } }), parts],
    attributes: { axis: 3 },
    outputs: [there, itself],
  })
  const mixed = graph.add('Add', {
    inputs: [
      graph.add('MatMul', { inputs: [there, pastValue] }),
      graph.add('Mul', { inputs: [itself, newValue] }),
    ],
  })
  give(graph, [
    graph.add('Reshape', { inputs: [mixed, whole('row', [0, 1, -1])] }),
    newKey,
    newValue,
  ])
  return graph
}

/** Query, key and value, turned to their positions. */
function projections(
  graph: Graph,
  {
    inputs: [query = '', key = '', value = '', , , , , cos = '', sin = ''],
    outputs: [name = ''],
    rotary,
    rotated,
    heads,
    kvHeads,
    width,
  }: Attention,
  { whole, positions }: Pick<Place, 'whole' | 'positions'>,
): readonly string[] {
  const parts = ['query', 'key', 'value'].map((part) => `static/${name}/one/${part}`)
  const packed = key === ''
  if (packed)
    graph.add('Split', {
      inputs: [
        query,
        whole(`packed/${heads}/${kvHeads}/${width}`, [
          heads * width,
          kvHeads * width,
          kvHeads * width,
        ]),
      ],
      attributes: { axis: 2 },
      outputs: parts,
    })
  const [q = '', k = '', v = ''] = packed ? parts : [query, key, value]
  if (!rotary || rotated === undefined) return [q, k, v]
  const turned = (input: string, count: number) =>
    graph.add('RotaryEmbedding', {
      domain: 'com.microsoft',
      inputs: [input, positions, cos, sin],
      attributes: {
        interleaved: rotary.interleaved,
        num_heads: count,
        rotary_embedding_dim: rotated,
      },
    })
  return [turned(q, heads), turned(k, kvHeads), v]
}

/** As it was, over a copy of what is there. */
function ofSeveral(
  { inputs, outputs: [name = ''], attributes }: Attention,
  { whole, past }: Place,
): Graph {
  const graph = new Graph(`static/${name}/several/`)
  const [zero, length] = [whole('begin', [0]), whole('axis/length', [2])]
  const there = inputs
    .slice(3, 5)
    .map((cache) => graph.add('Slice', { inputs: [cache, zero, past, length] }))
  const outputs = ['mixed', 'key', 'value'].map((part) => `static/${name}/several/${part}`)
  graph.add('GroupQueryAttention', {
    domain: 'com.microsoft',
    inputs: [...inputs.slice(0, 3), ...there, ...inputs.slice(5, 9)],
    attributes,
    outputs,
  })
  const [mixed = '', ...present] = outputs
  give(graph, [
    mixed,
    ...present.map((all) =>
      graph.add('Slice', { inputs: [all, past, whole('end', [Number.MAX_SAFE_INTEGER]), length] }),
    ),
  ])
  return graph
}

function give(graph: Graph, values: readonly string[]): void {
  for (const value of values)
    graph.output(
      value,
      'float32',
      ['a', 'b', 'c', 'd'].slice(value === values[0] ? 1 : 0).map((axis) => `${value}/${axis}`),
    )
}
