import {
  attributeField,
  attributeType,
  graphField,
  modelField,
  nodeField,
} from './graph/field-numbers.ts'
import {
  concatFields,
  integerField,
  messageField,
  rawBytes,
  stringField,
  toBytes,
  type EncodedMessage,
} from './protobuf/encode-fields.ts'
import { decodeText, filterFields, parseFields } from './protobuf/parse-fields.ts'
import { readName } from './graph/parse-model.ts'

/** How far back the layers of a decoder look. */
export interface AttentionWindow {
  /** Tokens, the current one included. */
  readonly size: number
  /** The layers that look no further; all, where it is empty. */
  readonly layers: readonly number[]
}

/** Says how far back a layer looks, and whether its cache holds no more than that. */
const windowAttributes = { size: 'local_window_size', cache: 'sliding_window_cache' } as const

/**
 * Gives layers of a decoder a window, and all of them a cache as long as the sequence. Exports of
 * onnxruntime-genai can have caches of fixed sizes for layers with a window, and can leave the
 * window to the runtime. Concerns each GroupQueryAttention whose cache is called
 * `past_key_values.{layer}.key`. Throws `bad-model` for bytes that are not a model.
 */
export function setAttentionWindow(model: Uint8Array, window: AttentionWindow): Uint8Array {
  const fields = parseFields(model).map((field) =>
    field.number === modelField.graph
      ? messageField(field.number, setInGraph(field.bytes, window))
      : rawBytes(field.encoded),
  )
  return toBytes(concatFields(fields))
}

function setInGraph(graph: Uint8Array, window: AttentionWindow): EncodedMessage {
  return concatFields(
    parseFields(graph).map((field) =>
      field.number === graphField.node
        ? messageField(field.number, setInNode(field.bytes, window))
        : rawBytes(field.encoded),
    ),
  )
}

function setInNode(node: Uint8Array, { size, layers }: AttentionWindow): EncodedMessage {
  const fields = parseFields(node)
  const [operator] = filterFields(fields, nodeField.operator).map(decodeText)
  const pastKey = filterFields(fields, nodeField.input).map(decodeText)[3] ?? ''
  const [, layer] = /^past_key_values\.(\d+)\.key$/.exec(pastKey) ?? []
  if (operator !== 'GroupQueryAttention' || layer === undefined) return rawBytes(node)

  const hasWindow = layers.length === 0 || layers.includes(Number(layer))
  const replacedNames: readonly string[] = hasWindow
    ? Object.values(windowAttributes)
    : [windowAttributes.cache]
  const keptFields = fields.filter(
    ({ number, bytes }) =>
      number !== nodeField.attribute ||
      !replacedNames.includes(readName(bytes, attributeField.name)),
  )
  return concatFields([
    ...keptFields.map(({ encoded }) => rawBytes(encoded)),
    ...(hasWindow ? [encodeInteger(windowAttributes.size, size)] : []),
  ])
}

function encodeInteger(name: string, value: number): EncodedMessage {
  return messageField(
    nodeField.attribute,
    stringField(attributeField.name, name),
    integerField(attributeField.integer, value),
    integerField(attributeField.type, attributeType.integer),
  )
}
