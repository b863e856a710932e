import { valueField } from './graph/field-numbers.ts'
import { GraphBuilder } from './graph/graph-builder.ts'
import { parseModel, readName, type ParsedModel } from './graph/parse-model.ts'
import { renameValues } from './graph/rename-values.ts'
import { encodeParsedModel, encodeParts } from './graph/rewrite-model.ts'
import { findLastPosition, type LastPosition } from './last-position.ts'
import { toBytes } from './protobuf/encode-fields.ts'

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
 * Changes a parsed decoder so that it returns only the logits of the last token. What is behind the
 * attention of its last layer is computed for that token alone, as far as its operators are known.
 */
export function reduceToLastLogits(model: ParsedModel): ParsedModel {
  // A decoder with this input is told how many logits to return.
  if (model.inputs.some(({ name }) => name === 'num_logits_to_keep')) return model
  if (!model.outputs.some(({ name }) => name === 'logits')) return model
  const last = findLastPosition(model)
  const rewrittenModel = last.nodes.size > 0 ? computeLast(model, last) : sliceLogits(model)
  return {
    ...rewrittenModel,
    // The shapes that the graph gives for these values no longer hold.
    valueInfos: model.valueInfos.filter(({ bytes }) => {
      const name = readName(bytes, valueField.name)
      return name !== 'logits' && !last.outputs.has(name)
    }),
  }
}

/** Takes the last position of what the nodes of the end take in. */
function computeLast(model: ParsedModel, { nodes, inputs }: LastPosition): ParsedModel {
  const newNames = new Map([...inputs].map((name) => [name, `last/${name}`]))
  const slices = slicePositions(newNames)
  return {
    ...model,
    // No other node takes in what these compute, so they can stand at the end.
    nodes: [
      ...model.nodes.filter((node) => !nodes.has(node)),
      ...slices.nodes,
      ...model.nodes
        .filter((node) => nodes.has(node))
        .map((node) => toBytes(renameValues(node, newNames))),
    ],
    tensors: [...model.tensors, ...slices.tensors],
  }
}

/** Takes the last position of the logits, where nothing before them is known. */
function sliceLogits(model: ParsedModel): ParsedModel {
  const allLogits = 'last/logits'
  const slices = slicePositions(new Map([[allLogits, 'logits']]))
  const newNames = new Map([['logits', allLogits]])
  return {
    ...model,
    nodes: [...model.nodes.map((node) => toBytes(renameValues(node, newNames))), ...slices.nodes],
    tensors: [...model.tensors, ...slices.tensors],
  }
}

/** Makes nodes that take the last position of sequences, `[batch, sequence, width]`. */
function slicePositions(
  names: ReadonlyMap<string, string>,
): Pick<ParsedModel, 'nodes' | 'tensors'> {
  const graph = new GraphBuilder('last/')
  const [start, end] = [graph.addInteger(-1), graph.addInteger(Number.MAX_SAFE_INTEGER)]
  const axis = graph.addInteger(-2)
  for (const [input, output] of names)
    graph.addNode('Slice', { inputs: [input, start, end, axis], outputs: [output] })
  return encodeParts(graph.build('last'))
}
