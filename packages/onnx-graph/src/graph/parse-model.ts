import { NanoError } from '@nano/core'
import { rawBytes, type EncodedMessage } from '../protobuf/encode-fields.ts'
import {
  decodeText,
  filterFields,
  findField,
  parseFields,
  type Field,
} from '../protobuf/parse-fields.ts'
import { onnxTypes, type OnnxType } from '../tensor.ts'
import {
  dimensionField,
  graphField,
  modelField,
  operatorSetField,
  tensorField,
  tensorTypeField,
  valueField,
} from './field-numbers.ts'

/** A model, its parts as they are encoded. */
export interface ParsedModel {
  /** The version of ONNX's own operator set. */
  readonly operatorSet: number
  /** The fields of the model, except its graph. */
  readonly modelFields: readonly Field[]
  readonly nodes: readonly Uint8Array[]
  /** Weights, dense and sparse, as fields of the graph. */
  readonly tensors: readonly Field[]
  /** Types of values within the graph, as fields of the graph. Types of weights are left out. */
  readonly valueInfos: readonly Field[]
  readonly inputs: readonly ParsedValue[]
  readonly outputs: readonly ParsedValue[]
}

/** An input or output of a parsed graph. */
export interface ParsedValue {
  readonly name: string
  /** Absent for a type that this package does not write. */
  readonly type: OnnxType | undefined
  /** Absent where the graph has no shape for it. A dimension that varies is undefined. */
  readonly dimensions: readonly (number | undefined)[] | undefined
  /** The field `type` of the value. */
  readonly encodedType: EncodedMessage
}

/** Takes a `ModelProto` apart without copying. Throws `bad-model` for other bytes. */
export function parseModel(model: Uint8Array): ParsedModel {
  const fields = parseFields(model)
  const encodedGraph = findField(fields, modelField.graph)
  if (!encodedGraph)
    throw new NanoError(
      'bad-model',
      'onnx-graph: the ONNX model has no graph. ' +
        'Get the file again and compare its size with the original.',
    )
  const graph = parseFields(encodedGraph.bytes)
  const tensors = filterFields(graph, graphField.tensor, graphField.sparseTensor)
  const weights = new Set(tensors.map(({ bytes }) => readName(bytes, tensorField.name)))
  return {
    operatorSet: findOperatorSet(fields),
    modelFields: fields.filter((field) => field !== encodedGraph),
    nodes: filterFields(graph, graphField.node).map(({ bytes }) => bytes),
    tensors,
    valueInfos: filterFields(graph, graphField.valueInfo).filter(
      ({ bytes }) => !weights.has(readName(bytes, valueField.name)),
    ),
    inputs: filterFields(graph, graphField.input).map(({ bytes }) => parseValue(bytes)),
    outputs: filterFields(graph, graphField.output).map(({ bytes }) => parseValue(bytes)),
  }
}

/** Finds the dimensions of a weight. */
export function findDimensions(
  tensors: ParsedModel['tensors'],
  name: string,
): readonly number[] | undefined {
  const tensor = filterFields(tensors, graphField.tensor).find(
    ({ bytes }) => readName(bytes, tensorField.name) === name,
  )
  return (
    tensor &&
    filterFields(parseFields(tensor.bytes), tensorField.dimension).map(({ integer }) => integer)
  )
}

/** Reads the name of an encoded message, which stands in that field. */
export function readName(message: Uint8Array, field: number): string {
  return decodeText(findField(parseFields(message), field))
}

function findOperatorSet(fields: readonly Field[]): number {
  const sets = filterFields(fields, modelField.operatorSet).map(({ bytes }) => parseFields(bytes))
  const set = sets.find((set) =>
    ['', 'ai.onnx'].includes(decodeText(findField(set, operatorSetField.domain))),
  )
  return (set && findField(set, operatorSetField.version)?.integer) ?? 1
}

/** Parses a `ValueInfoProto`. Of its types only tensors are described. */
function parseValue(encoded: Uint8Array): ParsedValue {
  const type = findField(parseFields(encoded), valueField.type)
  const tensorType = type && findField(parseFields(type.bytes), 1)
  const tensorFields = tensorType ? parseFields(tensorType.bytes) : []
  const id = findField(tensorFields, tensorTypeField.elementType)?.integer
  const shape = findField(tensorFields, tensorTypeField.shape)
  const names = Object.keys(onnxTypes) as OnnxType[]
  return {
    name: readName(encoded, valueField.name),
    type: names.find((name) => onnxTypes[name].id === id),
    dimensions:
      shape &&
      filterFields(parseFields(shape.bytes), 1).map(({ bytes }) => {
        const size = findField(parseFields(bytes), dimensionField.value)?.integer
        // Some exporters write a negative size where it is not known.
        return size !== undefined && size >= 0 ? size : undefined
      }),
    encodedType: type ? rawBytes(type.encoded) : rawBytes(),
  }
}
