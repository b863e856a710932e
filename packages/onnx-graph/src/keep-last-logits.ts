import { nodeField, valueField } from './graph/field-numbers.ts'
import { GraphBuilder } from './graph/graph-builder.ts'
import type { OnnxGraph } from './graph/onnx-graph.ts'
import { parseModel, readName, type ParsedModel } from './graph/parse-model.ts'
import { renameValues } from './graph/rename-values.ts'
import { encodeParsedModel, encodeParts } from './graph/rewrite-model.ts'
import { toBytes } from './protobuf/encode-fields.ts'
import { decodeText, filterFields, findField, parseFields } from './protobuf/parse-fields.ts'

/**
 * Changes a decoder so that it returns only the logits of the last token, `[batch, 1, vocabulary]`:
 * a sampler needs no others, and a session copies all that it returns. Takes a model as
 * transformers.js or onnxruntime-genai has it; weights in a file beside it stay there. Throws
 * `bad-model` for bytes that are not a model.
 */
export function keepLastLogits(model: Uint8Array): Uint8Array {
  return encodeParsedModel(reduceToLastLogits(parseModel(model)))
}

/**
 * Changes a parsed decoder so that it returns only the logits of the last token. Where its last
 * operation is a product with a matrix, only the last row of that is computed.
 */
export function reduceToLastLogits(model: ParsedModel): ParsedModel {
  // A decoder with this input is told how many logits to return.
  if (model.inputs.some(({ name }) => name === 'num_logits_to_keep')) return model
  const index = model.nodes.findIndex((node) =>
    filterFields(parseFields(node), nodeField.output).some(
      (field) => decodeText(field) === 'logits',
    ),
  )
  const node = model.nodes[index]
  if (!node) return model

  const fields = parseFields(node)
  const input = findField(fields, nodeField.input)
  const operator = decodeText(findField(fields, nodeField.operator))
  const isProduct = input !== undefined && ['MatMul', 'MatMulNBits'].includes(operator)
  const [from, to] = isProduct ? [decodeText(input), 'last/input'] : ['last/all', 'logits']
  const slice = encodeParts(sliceLast(from, to))
  const renamedNode = toBytes(
    renameValues(node, new Map([isProduct ? [from, 'last/input'] : ['logits', 'last/all']])),
  )
  return {
    ...model,
    nodes: [
      ...model.nodes.slice(0, index),
      ...(isProduct ? [...slice.nodes, renamedNode] : [renamedNode, ...slice.nodes]),
      ...model.nodes.slice(index + 1),
    ],
    tensors: [...model.tensors, ...slice.tensors],
    // The shape that the graph gives for the logits no longer holds.
    valueInfos: model.valueInfos.filter(
      ({ bytes }) => readName(bytes, valueField.name) !== 'logits',
    ),
  }
}

/** Makes a graph that takes the last position of a sequence, `[batch, sequence, width]`. */
function sliceLast(input: string, output: string): OnnxGraph {
  const graph = new GraphBuilder('last/')
  const [start, end] = [graph.addInteger(-1), graph.addInteger(Number.MAX_SAFE_INTEGER)]
  const axis = graph.addInteger(1)
  graph.addNode('Slice', { inputs: [input, start, end, axis], outputs: [output] })
  return graph.build('last')
}
