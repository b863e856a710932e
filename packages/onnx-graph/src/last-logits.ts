import { encodeGraph } from './graph/encode-model.ts'
import { flat } from './protobuf/flat.ts'
import { Graph } from './graph/graph-builder.ts'
import { bytes, joined, nested, text } from './protobuf/encode-fields.ts'
import { readOnnx, renamed, type ReadModel } from './graph/read-model.ts'
import { fieldsOf, textOf } from './protobuf/read-fields.ts'

/**
 * Makes a decoder give the logits of the last token alone: those of a prompt are many, nobody looks
 * at them, and all that is given is copied. Takes a model as transformers.js or onnxruntime-genai
 * has it; weights that lie beside it stay there. `logits` is `[batch, 1, vocabulary]` then. Throws
 * `bad-model` for what is no model.
 */
export function lastLogits(model: Uint8Array): Uint8Array {
  const { head, nodes, tensors, remarks, inputs, outputs } = withLastLogits(readOnnx(model))
  const graph = joined([
    ...nodes.map((node) => nested(1, bytes(node))),
    text(2, 'main_graph'),
    ...[...tensors, ...remarks].map(({ whole }) => bytes(whole)),
    ...inputs.map(({ name, encodedType }) => nested(11, text(1, name), encodedType)),
    ...outputs.map(({ name, encodedType }) => nested(12, text(1, name), encodedType)),
  ])
  return flat(joined([...head.map(({ whole }) => bytes(whole)), nested(7, graph)]))
}

/**
 * The same, of a model that was read. Where the last operation is a product with a matrix, only the
 * last row of it is computed.
 */
export function withLastLogits(read: ReadModel): ReadModel {
  // One that is asked for as many as are wanted has no more to give.
  if (read.inputs.some(({ name }) => name === 'num_logits_to_keep')) return read
  const at = read.nodes.findIndex((node) =>
    fieldsOf(node).some((field) => field.number === 2 && textOf(field) === 'logits'),
  )
  const node = read.nodes[at]
  if (!node) return read

  const graph = new Graph('last/')
  const last = (input: string, output: string) => {
    const whole = (value: number) =>
      graph.tensor({
        name: `last/${value}`,
        type: 'int64',
        dimensions: [1],
        bytes: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
      })
    graph.add('Slice', {
      inputs: [input, whole(-1), whole(Number.MAX_SAFE_INTEGER), whole(1)],
      outputs: [output],
    })
  }
  const fields = fieldsOf(node)
  const [input] = fields.filter(({ number }) => number === 1).map(textOf)
  const product =
    input !== undefined &&
    fields.some((field) => field.number === 4 && ['MatMul', 'MatMulNBits'].includes(textOf(field)))
  const changed = flat(
    renamed(node, new Map([product ? [input, 'last/input'] : ['logits', 'last/all']])),
  )
  if (product) last(input, 'last/input')
  else last('last/all', 'logits')

  const added = fieldsOf(flat(encodeGraph(graph.contents('last'))))
  const slice = added.filter(({ number }) => number === 1).map((field) => field.bytes)
  return {
    ...read,
    nodes: [
      ...read.nodes.slice(0, at),
      ...(product ? [...slice, changed] : [changed, ...slice]),
      ...read.nodes.slice(at + 1),
    ],
    tensors: [...read.tensors, ...added.filter(({ number }) => number === 5)],
    // What is said of the shape of logits does not hold any more.
    remarks: read.remarks.filter(
      ({ bytes }) =>
        !fieldsOf(bytes).some((field) => field.number === 1 && textOf(field) === 'logits'),
    ),
  }
}
