import {
  concatFields,
  floatField,
  integerField,
  messageField,
  stringField,
  type EncodedMessage,
} from '../protobuf/encode-fields.ts'
import { computeOnnxTensorSize, onnxTypes, type OnnxTensor, type OnnxType } from '../tensor.ts'
import {
  attributeField,
  attributeType,
  dimensionField,
  graphField,
  modelField,
  nodeField,
  operatorSetField,
  tensorField,
  tensorTypeField,
  valueField,
} from './field-numbers.ts'
import type { OnnxGraph, OnnxNode, OnnxValue } from './onnx-graph.ts'

/** Where the bytes of a tensor lie outside the file of the model. */
export interface TensorLocation {
  /** Relative to the folder of the model, with forward slashes. */
  readonly path: string
  readonly offset: number
}

/**
 * Encodes a `ModelProto` of IR version 10 with operator set 21 and Microsoft's own operators.
 * `producer` names the program that writes it. A tensor that `locateTensor` returns nothing for
 * keeps its bytes in the model.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function encodeModel(
  graph: OnnxGraph,
  {
    producer,
    locateTensor,
  }: {
    readonly producer: string
    readonly locateTensor: (tensor: OnnxTensor) => TensorLocation | undefined
  },
): EncodedMessage {
  return concatFields([
    integerField(modelField.irVersion, 10),
    stringField(modelField.producer, producer),
    messageField(modelField.graph, encodeGraph(graph, locateTensor)),
    encodeOperatorSet('', 21),
    encodeOperatorSet('com.microsoft', 1),
  ])
}

function encodeOperatorSet(domain: string, version: number): EncodedMessage {
  return messageField(
    modelField.operatorSet,
    stringField(operatorSetField.domain, domain),
    integerField(operatorSetField.version, version),
  )
}

/** Encodes a `GraphProto`. */
export function encodeGraph(
  { name, inputs, outputs, nodes, tensors }: OnnxGraph,
  locateTensor: (tensor: OnnxTensor) => TensorLocation | undefined = () => undefined,
): EncodedMessage {
  const prefix = name === 'main_graph' ? '' : `${name}/`
  return concatFields([
    ...nodes.map((node, index) =>
      messageField(graphField.node, encodeNode(node, `${prefix}${index}`)),
    ),
    stringField(graphField.name, name),
    ...tensors.map((tensor) =>
      messageField(graphField.tensor, encodeTensor(tensor, locateTensor(tensor))),
    ),
    ...inputs.map((value) => messageField(graphField.input, encodeValue(value))),
    ...outputs.map((value) => messageField(graphField.output, encodeValue(value))),
  ])
}

/**
 * Encodes a `NodeProto`. Its name is `place` and the operator; `place` has to make it unique in the
 * graph.
 */
export function encodeNode(
  { operator, domain, inputs, outputs, attributes = {} }: OnnxNode,
  place: string,
): EncodedMessage {
  return concatFields([
    ...inputs.map((input) => stringField(nodeField.input, input)),
    ...outputs.map((output) => stringField(nodeField.output, output)),
    stringField(nodeField.name, `${place}/${operator}`),
    stringField(nodeField.operator, operator),
    ...Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value)),
    ...(domain === undefined ? [] : [stringField(nodeField.domain, domain)]),
  ])
}

type Attribute = NonNullable<OnnxNode['attributes']>[string]

function encodeAttribute(name: string, value: Attribute): EncodedMessage {
  if (typeof value !== 'number' && 'graph' in value)
    return encodeGraphAttribute(name, encodeGraph(value.graph))
  const [field, type] =
    typeof value === 'number'
      ? [integerField(attributeField.integer, value), attributeType.integer]
      : [floatField(attributeField.float, value.float), attributeType.float]
  return messageField(
    nodeField.attribute,
    stringField(attributeField.name, name),
    field,
    integerField(attributeField.type, type),
  )
}

/** Encodes an attribute of a node, an `AttributeProto`, that is a graph. */
export function encodeGraphAttribute(name: string, graph: EncodedMessage): EncodedMessage {
  return messageField(
    nodeField.attribute,
    stringField(attributeField.name, name),
    messageField(attributeField.graph, graph),
    integerField(attributeField.type, attributeType.graph),
  )
}

function encodeTensor(tensor: OnnxTensor, location: TensorLocation | undefined): EncodedMessage {
  const size = computeOnnxTensorSize(tensor)
  const description = [
    ...tensor.dimensions.map((length) => integerField(tensorField.dimension, length)),
    integerField(tensorField.type, onnxTypes[tensor.type].id),
    stringField(tensorField.name, tensor.name),
  ]
  if (!location)
    return concatFields([
      ...description,
      messageField(tensorField.bytes, { pieces: [tensor], size }),
    ])
  const entries = Object.entries({
    location: location.path,
    offset: String(location.offset),
    length: String(size),
  })
  return concatFields([
    ...description,
    // Each entry is a `StringStringEntryProto`: a key and a value.
    ...entries.map(([key, value]) =>
      messageField(tensorField.externalData, stringField(1, key), stringField(2, value)),
    ),
    // `EXTERNAL` of `TensorProto.DataLocation`.
    integerField(tensorField.dataLocation, 1),
  ])
}

function encodeValue({ name, type, dimensions }: OnnxValue): EncodedMessage {
  return concatFields([stringField(valueField.name, name), encodeValueType(type, dimensions)])
}

/** Encodes the type of a value. Without dimensions the value can have any shape. */
export function encodeValueType(
  type: OnnxType,
  dimensions?: OnnxValue['dimensions'],
): EncodedMessage {
  const shape = dimensions?.map((size) =>
    messageField(
      1,
      typeof size === 'number'
        ? integerField(dimensionField.value, size)
        : stringField(dimensionField.parameter, size),
    ),
  )
  return messageField(
    valueField.type,
    messageField(
      1,
      integerField(tensorTypeField.elementType, onnxTypes[type].id),
      ...(shape ? [messageField(tensorTypeField.shape, ...shape)] : []),
    ),
  )
}
