import { NanoError } from '@nano/core'
import { encodeGraph } from '../graph/encode-model.ts'
import { flat } from '../protobuf/flat.ts'
import { Graph } from '../graph/graph-builder.ts'
import { cacheOutputs, groupedQuery, type GroupedQuery } from './grouped-query.ts'
import { withLastLogits } from '../last-logits.ts'
import { bytes, joined, nested, text } from '../protobuf/encode-fields.ts'
import { dimensionsOf, readOnnx, type ReadModel } from '../graph/read-model.ts'
import { staticAttention, type Attention, type Place } from './static-attention.ts'

/** The oldest operator set in which all that is added means what it does here. */
const oldest = 13

/**
 * Gives a decoder a static KV cache: a run takes room for more tokens than there are, and gives the
 * keys and values of what it has read, for the caller to put there. Nothing of the length of the
 * context is copied then, neither in the runtime nor out of it, where one token is read; several
 * are read as before. Takes a model as transformers.js or onnxruntime-genai has it, whose attention
 * is GroupQueryAttention in float32; weights that lie beside it stay there. Inputs: those of a
 * step; `past_key_values.{i}.key` and `.value` may be longer than what is in them, by numbers that
 * are finite. Several sequences read a token each, or one any number. Outputs: `logits` of the last
 * token read, `[batch, 1, vocabulary]`, `new_key_values.{i}.key` and `.value`, `[batch, heads,
 * tokens read, width]`. Throws `bad-model` for what is no model, and `unsupported` for one with
 * another attention, or older than operator set 13.
 */
export function staticCacheDecoder(model: Uint8Array): Uint8Array {
  const read = withLastLogits(readOnnx(model))
  if (read.operatorSet < oldest)
    throw unsupported(
      `is of operator set ${read.operatorSet}, and a static cache needs ${oldest} or later. Export it anew.`,
    )
  const found = read.nodes.map(groupedQuery)
  const at = found.findIndex((node) => node !== undefined)
  const attentions = found.flatMap((node) => (node ? [attentionOf(read, node)] : []))
  const renamed = new Map(
    cacheOutputs(read).map((name) => [name, name.replace(/^present/, 'new_key_values')]),
  )

  const main = new Graph('static/')
  const place = placeOf(main, attentions)
  let next = 0
  const nodes = read.nodes.map((node, index) => {
    const attention = found[index] && attentions[next++]
    return nested(1, attention ? staticAttention(attention, place, renamed) : bytes(node))
  })
  const { inputs, outputs, remarks, tensors, head } = read
  const graph = joined([
    ...nodes.slice(0, at),
    encodeGraph(main.contents('static')),
    ...nodes.slice(at),
    ...inputs.map(({ name, encodedType }) => nested(11, text(1, name), encodedType)),
    ...outputs.map(({ name, encodedType }) =>
      nested(12, text(1, renamed.get(name) ?? name), encodedType),
    ),
    ...[...remarks, ...tensors].map(({ whole }) => bytes(whole)),
  ])
  return flat(joined([...head.map(({ whole }) => bytes(whole)), nested(7, graph)]))
}

/** What is read from the nodes and the shapes around them. */
function attentionOf({ inputs, tensors }: ReadModel, node: GroupedQuery): Attention {
  const past = inputs.find(({ name }) => name === node.inputs[3])
  const width = past?.dimensions?.[3]
  if (past?.type !== 'float32' || width === undefined || past.dimensions?.[1] !== node.kvHeads)
    throw unsupported(
      `has a cache that is not float32, [batch, heads, length, width] with heads and width given. Use it as it is.`,
    )
  const rotated = node.rotary && dimensionsOf(tensors, node.inputs[7] ?? '')?.[1]
  if (node.rotary && rotated === undefined)
    throw unsupported('computes the cosines of its positions. Use its cache as it is.')
  return {
    ...node,
    width,
    scale: node.scale ?? 1 / Math.sqrt(width),
    ...(rotated !== undefined && { rotated: 2 * rotated }),
  }
}

function unsupported(what: string): NanoError {
  return new NanoError('unsupported', `forge: this ONNX model ${what}`)
}

/** Where tokens go, the same in every layer. */
function placeOf(main: Graph, attentions: readonly Attention[]): Place {
  const [first] = attentions
  const lengths = first?.inputs[5] ?? ''
  if (attentions.some(({ inputs }) => inputs[5] !== lengths))
    throw unsupported('counts its tokens anew in each layer. Use its cache as it is.')
  const whole = (name: string, values: readonly number[], dimensions = [values.length]) =>
    main.tensor({
      name: `static/${name}`,
      type: 'int64',
      dimensions,
      bytes: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
    })
  const size = (input: string, axis: number) =>
    main.add('Gather', {
      inputs: [main.add('Shape', { inputs: [input] }), whole(`axis/${axis}`, [axis], [])],
      attributes: { axis: 0 },
    })
  const one = whole('one', [1])

  const read = size('input_ids', 1)
  const last = main.add('Reshape', { inputs: [main.cast(lengths, 'int64'), whole('flat', [-1])] })
  const past = main.add('Sub', { inputs: [main.add('Add', { inputs: [last, one] }), read] })
  const room = size(first?.inputs[3] ?? '', 2)
  const index = main.add('Range', {
    inputs: [whole('zero', [0], []), room, whole('step', [1], [])],
  })
  const filled = main.add('Less', {
    inputs: [index, main.add('Reshape', { inputs: [past, whole('rows', [-1, 1, 1, 1])] })],
  })
  const float = (name: string, value: number) =>
    main.tensor({
      name: `static/${name}`,
      type: 'float32',
      dimensions: [1],
      bytes: new Uint8Array(Float32Array.of(value).buffer),
    })
  return {
    whole,
    past,
    one: main.add('Equal', { inputs: [read, one] }),
    positions: main.add('Reshape', { inputs: [past, whole('column', [-1, 1])] }),
    mask: main.add('Where', { inputs: [filled, float('seen', 0), float('unseen', -Infinity)] }),
    parts: main.add('Concat', {
      inputs: [main.add('Reshape', { inputs: [room, one] }), one],
      attributes: { axis: 0 },
    }),
  }
}
