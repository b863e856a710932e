import { NanoError } from '@nano/core'
import { onnxTypes, type OnnxType } from './onnx-graph.ts'
import { bytes, joined, nested, text, type Encoded } from '../protobuf/encode-fields.ts'
import { fieldsOf, textOf, type Field } from '../protobuf/read-fields.ts'

/** An input or output of a graph that was read. */
interface ReadValue {
  readonly name: string
  /** Absent for a type that we do not write. */
  readonly type: OnnxType | undefined
  /** Absent where the graph does not say; those that vary are undefined. */
  readonly dimensions: readonly (number | undefined)[] | undefined
  /** Its field `type`. */
  readonly encodedType: Encoded
}

/** A model, its parts as they were encoded. */
export interface ReadModel {
  /** Of ONNX's own operators. */
  readonly operatorSet: number
  /** All but the graph. */
  readonly head: readonly Field[]
  readonly nodes: readonly Uint8Array[]
  /** Weights, dense and sparse, fields of the graph. */
  readonly tensors: readonly Field[]
  /** What the graph says of types of values within it, fields of the graph; none of weights. */
  readonly remarks: readonly Field[]
  readonly inputs: readonly ReadValue[]
  readonly outputs: readonly ReadValue[]
}

/** Field numbers of `GraphProto`. */
const numbers = { node: 1, tensor: 5, input: 11, output: 12, value: 13, sparseTensor: 15 } as const

/**
 * Takes a `ModelProto` apart; nothing is copied.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function readOnnx(model: Uint8Array): ReadModel {
  const fields = fieldsOf(model)
  const whole = fields.find(({ number }) => number === 7)
  if (!whole)
    throw new NanoError(
      'bad-model',
      'forge: this ONNX model has no graph. Get the file again and compare its size with the original.',
    )
  const graph = fieldsOf(whole.bytes)
  const all = (...wanted: readonly number[]) =>
    graph.filter(({ number }) => wanted.includes(number))

  const tensors = all(numbers.tensor, numbers.sparseTensor)
  const weights = new Set(tensors.map(({ bytes }) => nameIn(bytes, 8)))
  return {
    operatorSet: operatorSetOf(fields),
    head: fields.filter((field) => field !== whole),
    nodes: all(numbers.node).map(({ bytes }) => bytes),
    tensors,
    remarks: all(numbers.value).filter(({ bytes }) => !weights.has(nameIn(bytes, 1))),
    inputs: all(numbers.input).map(({ bytes }) => valueOf(bytes)),
    outputs: all(numbers.output).map(({ bytes }) => valueOf(bytes)),
  }
}

/** Of a weight; nothing where there is none of that name. */
export function dimensionsOf(
  tensors: ReadModel['tensors'],
  name: string,
): readonly number[] | undefined {
  const tensor = tensors.find(
    ({ number, bytes }) => number === numbers.tensor && nameIn(bytes, 8) === name,
  )
  return (
    tensor &&
    fieldsOf(tensor.bytes)
      .filter(({ number }) => number === 1)
      .map(({ integer }) => integer)
  )
}

/** A node whose inputs and outputs have other names, in the graphs within it too. */
export function renamed(node: Uint8Array, names: ReadonlyMap<string, string>): Encoded {
  return joined(
    fieldsOf(node).map((field) => {
      if (field.number === 1 || field.number === 2)
        return text(field.number, names.get(textOf(field)) ?? textOf(field))
      return field.number === 5 ? nested(5, attribute(field.bytes, names)) : bytes(field.whole)
    }),
  )
}

/** `AttributeProto` keeps one graph in field 6, several in 11. */
function attribute(encoded: Uint8Array, names: ReadonlyMap<string, string>): Encoded {
  return joined(
    fieldsOf(encoded).map((field) =>
      field.number === 6 || field.number === 11
        ? nested(field.number, subgraph(field.bytes, names))
        : bytes(field.whole),
    ),
  )
}

function subgraph(encoded: Uint8Array, names: ReadonlyMap<string, string>): Encoded {
  const named: readonly number[] = [numbers.input, numbers.output, numbers.value]
  return joined(
    fieldsOf(encoded).map((field) => {
      if (field.number === numbers.node) return nested(field.number, renamed(field.bytes, names))
      const name = named.includes(field.number) ? names.get(nameIn(field.bytes, 1)) : undefined
      return name === undefined
        ? bytes(field.whole)
        : nested(
            field.number,
            text(1, name),
            ...fieldsOf(field.bytes)
              .filter(({ number }) => number !== 1)
              .map(({ whole }) => bytes(whole)),
          )
    }),
  )
}

function operatorSetOf(fields: readonly Field[]): number {
  const sets = fields.filter(({ number }) => number === 8).map(({ bytes }) => fieldsOf(bytes))
  const own = sets.find(
    (set) =>
      !set.some(
        (field) => field.number === 1 && field.bytes.length > 0 && textOf(field) !== 'ai.onnx',
      ),
  )
  return own?.find(({ number }) => number === 2)?.integer ?? 1
}

/** `ValueInfoProto`: a name, and a type, of which only tensors are of use here. */
function valueOf(encoded: Uint8Array): ReadValue {
  const type = fieldsOf(encoded).find(({ number }) => number === 2)
  const tensor = type ? find(type.bytes, 1) : undefined
  const element = tensor && fieldsOf(tensor).find(({ number }) => number === 1)?.integer
  const shape = tensor && fieldsOf(tensor).find(({ number }) => number === 2)
  const [known] = Object.entries(onnxTypes).filter(([, { id }]) => id === element)
  return {
    name: nameIn(encoded, 1),
    type: known?.[0] as OnnxType | undefined,
    dimensions:
      shape &&
      fieldsOf(shape.bytes)
        .filter(({ number }) => number === 1)
        .map(({ bytes }) => fieldsOf(bytes).find(({ number }) => number === 1)?.integer),
    encodedType: type ? bytes(type.whole) : bytes(),
  }
}

function find(message: Uint8Array, wanted: number): Uint8Array {
  return fieldsOf(message).find(({ number }) => number === wanted)?.bytes ?? new Uint8Array(0)
}

function nameIn(message: Uint8Array, field: number): string {
  return textOf({ bytes: find(message, field) })
}
