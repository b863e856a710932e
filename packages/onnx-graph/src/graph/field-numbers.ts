// Numbers of the fields that this package reads or writes.
// See https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

/** Fields of `ModelProto`. */
export const modelField = { irVersion: 1, producer: 2, graph: 7, operatorSet: 8 } as const

/** Fields of `OperatorSetIdProto`. */
export const operatorSetField = { domain: 1, version: 2 } as const

/** Fields of `GraphProto`. */
export const graphField = {
  node: 1,
  name: 2,
  tensor: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
  sparseTensor: 15,
} as const

/** Fields of `NodeProto`. */
export const nodeField = {
  input: 1,
  output: 2,
  name: 3,
  operator: 4,
  attribute: 5,
  domain: 7,
} as const

/** Fields of `AttributeProto`. */
export const attributeField = {
  name: 1,
  float: 2,
  integer: 3,
  graph: 6,
  graphs: 11,
  type: 20,
} as const

/** Numbers of `AttributeProto.AttributeType`. */
export const attributeType = { float: 1, integer: 2, graph: 5 } as const

/** Fields of `ValueInfoProto`. */
export const valueField = { name: 1, type: 2 } as const

/** Fields of `TypeProto.Tensor`, which is field 1 of `TypeProto`. */
export const tensorTypeField = { elementType: 1, shape: 2 } as const

/** Fields of `TensorShapeProto.Dimension`, which is field 1 of `TensorShapeProto`. */
export const dimensionField = { value: 1, parameter: 2 } as const

/** Fields of `TensorProto`. */
export const tensorField = {
  dimension: 1,
  type: 2,
  name: 8,
  bytes: 9,
  externalData: 13,
  dataLocation: 14,
} as const
