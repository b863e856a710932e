import {
  onnxTensorSize,
  onnxTypes,
  type OnnxContents,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './onnx-graph.ts'
import { float, integer, joined, nested, text, type Encoded } from '../protobuf/encode-fields.ts'

/** Where the bytes of a tensor lie outside the model's file. */
export interface Place {
  /** Relative to the folder of the model's file, with forward slashes. */
  readonly location: string
  readonly offset: number
}

/** Numbers of `AttributeProto.AttributeType`. */
const attributeTypes = { float: 1, int: 2, graph: 5 } as const

/**
 * A `ModelProto` of IR version 10, operator set 21 and Microsoft's own; tensors without a place
 * keep their bytes in it.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function encodeModel(
  contents: OnnxContents,
  placeOf: (tensor: OnnxTensor) => Place | undefined,
): Encoded {
  return joined([
    integer(1, 10),
    text(2, '@nano/forge'),
    nested(7, encodeGraph(contents, placeOf)),
    operatorSet('', 21),
    operatorSet('com.microsoft', 1),
  ])
}

/** A `GraphProto`. */
export function encodeGraph(
  { name, inputs, outputs, nodes, tensors }: OnnxContents,
  placeOf: (tensor: OnnxTensor) => Place | undefined = () => undefined,
): Encoded {
  return joined([
    ...nodes.map((node, index) =>
      nested(1, encodeNode(node, name === 'main_graph' ? `${index}` : `${name}/${index}`)),
    ),
    text(2, name),
    ...tensors.map((tensor) => nested(5, encodeTensor(tensor, placeOf(tensor)))),
    ...inputs.map((value) => nested(11, encodeValue(value))),
    ...outputs.map((value) => nested(12, encodeValue(value))),
  ])
}

/** An `AttributeProto` that is a graph, of a node. */
export function graphAttribute(name: string, graph: Encoded): Encoded {
  return nested(5, text(1, name), nested(6, graph), integer(20, attributeTypes.graph))
}

function operatorSet(domain: string, version: number): Encoded {
  return nested(8, text(1, domain), integer(2, version))
}

/** A `NodeProto`; its name, `place` and the operator, is the graph's only node of that name. */
export function encodeNode(
  { operator, domain, inputs, outputs, attributes = {} }: OnnxNode,
  place: string,
): Encoded {
  return joined([
    ...inputs.map((input) => text(1, input)),
    ...outputs.map((output) => text(2, output)),
    text(3, `${place}/${operator}`),
    text(4, operator),
    ...Object.entries(attributes).map(([key, value]) => {
      if (typeof value === 'number')
        return nested(5, text(1, key), integer(3, value), integer(20, attributeTypes.int))
      return 'graph' in value
        ? graphAttribute(key, encodeGraph(value.graph))
        : nested(5, text(1, key), float(2, value.float), integer(20, attributeTypes.float))
    }),
    ...(domain === undefined ? [] : [text(7, domain)]),
  ])
}

function encodeTensor(tensor: OnnxTensor, place: Place | undefined): Encoded {
  const size = onnxTensorSize(tensor)
  const head = [
    ...tensor.dimensions.map((length) => integer(1, length)),
    integer(2, onnxTypes[tensor.type].id),
    text(8, tensor.name),
  ]
  if (!place) return joined([...head, nested(9, { pieces: [tensor], size })])
  const entries = Object.entries({
    location: place.location,
    offset: String(place.offset),
    length: String(size),
  })
  return joined([
    ...head,
    ...entries.map(([key, value]) => nested(13, text(1, key), text(2, value))),
    integer(14, 1),
  ])
}

function encodeValue({ name, type, dimensions }: OnnxValue): Encoded {
  const shape = dimensions.map((size) =>
    nested(1, typeof size === 'number' ? integer(1, size) : text(2, size)),
  )
  return joined([
    text(1, name),
    nested(2, nested(1, integer(1, onnxTypes[type].id), nested(2, ...shape))),
  ])
}
