import {
  concatFields,
  messageField,
  rawBytes,
  stringField,
  toBytes,
  type EncodedMessage,
} from '../protobuf/encode-fields.ts'
import { filterFields, parseFields } from '../protobuf/parse-fields.ts'
import { encodeGraph } from './encode-model.ts'
import { graphField, modelField, valueField } from './field-numbers.ts'
import type { OnnxGraph } from './onnx-graph.ts'
import type { ParsedModel, ParsedValue } from './parse-model.ts'

/** Encodes a parsed model whose parts were changed. */
export function encodeParsedModel(model: ParsedModel): Uint8Array {
  const { nodes, tensors, valueInfos, inputs, outputs } = model
  return encodeWithGraph(
    model,
    concatFields([
      ...nodes.map((node) => messageField(graphField.node, rawBytes(node))),
      stringField(graphField.name, 'main_graph'),
      ...[...tensors, ...valueInfos].map(({ encoded }) => rawBytes(encoded)),
      ...inputs.map((value) => encodeParsedValue(graphField.input, value)),
      ...outputs.map((value) => encodeParsedValue(graphField.output, value)),
    ]),
  )
}

/** Encodes a parsed model with another graph. */
export function encodeWithGraph(
  { modelFields }: Pick<ParsedModel, 'modelFields'>,
  graph: EncodedMessage,
): Uint8Array {
  return toBytes(
    concatFields([
      ...modelFields.map(({ encoded }) => rawBytes(encoded)),
      messageField(modelField.graph, graph),
    ]),
  )
}

/** Encodes an input or output as a field of a graph. */
export function encodeParsedValue(
  field: number,
  { name, encodedType }: Pick<ParsedValue, 'name' | 'encodedType'>,
): EncodedMessage {
  return messageField(field, stringField(valueField.name, name), encodedType)
}

/** Encodes a graph into nodes and tensors, to be put among those of a parsed model. */
export function encodeParts(graph: OnnxGraph): Pick<ParsedModel, 'nodes' | 'tensors'> {
  const fields = parseFields(toBytes(encodeGraph(graph)))
  return {
    nodes: filterFields(fields, graphField.node).map(({ bytes }) => bytes),
    tensors: filterFields(fields, graphField.tensor),
  }
}
