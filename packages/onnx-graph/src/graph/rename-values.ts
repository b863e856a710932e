import {
  concatFields,
  messageField,
  rawBytes,
  stringField,
  type EncodedMessage,
} from '../protobuf/encode-fields.ts'
import { decodeText, parseFields } from '../protobuf/parse-fields.ts'
import { attributeField, graphField, nodeField, valueField } from './field-numbers.ts'
import { readName } from './parse-model.ts'

type NewNames = ReadonlyMap<string, string>

/** Renames the inputs and outputs of an encoded node, also those of the graphs within it. */
export function renameValues(node: Uint8Array, newNames: NewNames): EncodedMessage {
  return concatFields(
    parseFields(node).map((field) => {
      if (field.number === nodeField.input || field.number === nodeField.output) {
        const name = decodeText(field)
        return stringField(field.number, newNames.get(name) ?? name)
      }
      return field.number === nodeField.attribute
        ? messageField(field.number, renameInAttribute(field.bytes, newNames))
        : rawBytes(field.encoded)
    }),
  )
}

function renameInAttribute(attribute: Uint8Array, newNames: NewNames): EncodedMessage {
  return concatFields(
    parseFields(attribute).map((field) =>
      field.number === attributeField.graph || field.number === attributeField.graphs
        ? messageField(field.number, renameInGraph(field.bytes, newNames))
        : rawBytes(field.encoded),
    ),
  )
}

/** Numbers of the fields of a graph that are a `ValueInfoProto`. */
const valueFields: readonly number[] = [graphField.input, graphField.output, graphField.valueInfo]

function renameInGraph(graph: Uint8Array, newNames: NewNames): EncodedMessage {
  return concatFields(
    parseFields(graph).map((field) => {
      if (field.number === graphField.node)
        return messageField(field.number, renameValues(field.bytes, newNames))
      const newName = valueFields.includes(field.number)
        ? newNames.get(readName(field.bytes, valueField.name))
        : undefined
      return newName === undefined
        ? rawBytes(field.encoded)
        : messageField(field.number, renameValue(field.bytes, newName))
    }),
  )
}

function renameValue(value: Uint8Array, newName: string): EncodedMessage {
  const otherFields = parseFields(value).filter(({ number }) => number !== valueField.name)
  return concatFields([
    stringField(valueField.name, newName),
    ...otherFields.map(({ encoded }) => rawBytes(encoded)),
  ])
}
