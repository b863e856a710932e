import {
  attributeField,
  graphField,
  modelField,
  nodeField,
  tensorField,
} from './graph/field-numbers.ts'
import {
  concatFields,
  messageField,
  rawBytes,
  stringField,
  toBytes,
  type EncodedMessage,
} from './protobuf/encode-fields.ts'
import { decodeText, findField, parseFields, type Field } from './protobuf/parse-fields.ts'

/** The new name of a file of weights, or nothing where it keeps its own. */
type Rename = (location: string) => string | undefined

/**
 * Changes where a model says that its weights lie, those of nested graphs included: each location
 * is a path relative to the folder of the model, with forward slashes. Throws `bad-model` for bytes
 * that are not a model.
 */
export function renameWeightFiles(
  model: Uint8Array,
  rename: (location: string) => string | undefined,
): Uint8Array {
  return toBytes(
    mapFields(model, (field) =>
      field.number === modelField.graph ? renameInGraph(field.bytes, rename) : undefined,
    ),
  )
}

/** Lists the files that the weights of a model lie in, as the model names them. */
export function listWeightFiles(model: Uint8Array): readonly string[] {
  const files = new Set<string>()
  renameWeightFiles(model, (location) => {
    files.add(location)
    return undefined
  })
  return [...files]
}

function renameInGraph(graph: Uint8Array, rename: Rename): EncodedMessage {
  return mapFields(graph, ({ number, bytes }) => {
    if (number === graphField.tensor) return renameInTensor(bytes, rename)
    return number === graphField.node ? renameInNode(bytes, rename) : undefined
  })
}

function renameInNode(node: Uint8Array, rename: Rename): EncodedMessage {
  return mapFields(node, ({ number, bytes }) =>
    number === nodeField.attribute
      ? mapFields(bytes, (field) =>
          field.number === attributeField.graph || field.number === attributeField.graphs
            ? renameInGraph(field.bytes, rename)
            : undefined,
        )
      : undefined,
  )
}

/** Each entry of the external data is a `StringStringEntryProto`: a key and a value. */
function renameInTensor(tensor: Uint8Array, rename: Rename): EncodedMessage {
  return mapFields(tensor, ({ number, bytes }) => {
    if (number !== tensorField.externalData) return undefined
    const entry = parseFields(bytes)
    if (decodeText(findField(entry, 1)) !== 'location') return undefined
    const location = rename(decodeText(findField(entry, 2)))
    return location === undefined
      ? undefined
      : concatFields([stringField(1, 'location'), stringField(2, location)])
  })
}

/** Replaces the messages of fields; a field for which there is nothing stays as it is. */
function mapFields(
  message: Uint8Array,
  replace: (field: Field) => EncodedMessage | undefined,
): EncodedMessage {
  return concatFields(
    parseFields(message).map((field) => {
      const replacement = replace(field)
      return replacement ? messageField(field.number, replacement) : rawBytes(field.encoded)
    }),
  )
}
