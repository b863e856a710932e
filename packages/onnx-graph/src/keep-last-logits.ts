import { valueField } from './graph/field-numbers.ts'
import { GraphBuilder } from './graph/graph-builder.ts'
import type { OnnxGraph } from './graph/onnx-graph.ts'
import { parseModel, readName, type ParsedModel } from './graph/parse-model.ts'
import { renameValues } from './graph/rename-values.ts'
import { encodeParsedModel, encodeParts } from './graph/rewrite-model.ts'
import { findLastPosition } from './last-position.ts'
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
  const lastOf = (name: string) => `last/${name}`
  const slicedNames = [...last.inputs].map((name) => [name, lastOf(name)] as const)
  // Where no operator is known, the logits are computed for all positions.
  const renamedLogits = last.nodes.size > 0 ? [] : [['logits', lastOf('logits')] as const]
  const slices = encodeParts(
    slicePositions([...slicedNames, ...renamedLogits.map(([name, all]) => [all, name] as const)]),
  )
  const renameIn = (names: readonly (readonly [string, string])[]) => {
    const newNames = new Map(names)
    return (node: Uint8Array) =>
      newNames.size === 0 ? node : toBytes(renameValues(node, newNames))
  }
  return {
    ...model,
    // No other node takes in what these compute, so they can stand at the end.
    nodes: [
      ...model.nodes.filter((node) => !last.nodes.has(node)).map(renameIn(renamedLogits)),
      ...slices.nodes,
      ...model.nodes.filter((node) => last.nodes.has(node)).map(renameIn(slicedNames)),
    ],
    tensors: [...model.tensors, ...slices.tensors],
    // The shapes that the graph gives for these values no longer hold.
    valueInfos: model.valueInfos.filter(({ bytes }) => {
      const name = readName(bytes, valueField.name)
      return name !== 'logits' && !last.outputs.has(name)
    }),
  }
}

/** Makes a graph that takes the last position of sequences, `[batch, sequence, width]`. */
function slicePositions(names: readonly (readonly [input: string, output: string])[]): OnnxGraph {
  const graph = new GraphBuilder('last/')
  const [start, end] = [graph.addInteger(-1), graph.addInteger(Number.MAX_SAFE_INTEGER)]
  const axis = graph.addInteger(-2)
  for (const [input, output] of names)
    graph.addNode('Slice', { inputs: [input, start, end, axis], outputs: [output] })
  return graph.build('last')
}
