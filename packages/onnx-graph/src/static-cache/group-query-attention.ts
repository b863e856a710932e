import { NanoError } from '@nano/core'
import { attributeField, attributeType, nodeField } from '../graph/field-numbers.ts'
import type { OnnxNode } from '../graph/onnx-graph.ts'
import { parseModel, type ParsedModel } from '../graph/parse-model.ts'
import {
  decodeText,
  filterFields,
  findField,
  parseFields,
  type Field,
} from '../protobuf/parse-fields.ts'

/** Names of the values that an attention takes and gives. */
interface Operands {
  /**
   * Query (or query, key and value in one), key, value, past key, past value, `seqlens_k`, total
   * length, cosines, sines.
   */
  readonly inputs: readonly string[]
  /** The result, the present key and the present value. */
  readonly outputs: readonly string[]
}

/** A GroupQueryAttention of a parsed graph. */
export interface GroupQueryAttention extends Operands {
  readonly heads: number
  readonly kvHeads: number
  /** The factor for scores. Absent for the default, one over the root of the head's width. */
  readonly scale: number | undefined
  readonly rotary: { readonly interleaved: number } | undefined
  readonly attributes: NonNullable<OnnxNode['attributes']>
}

/** Attributes that are described by `GroupQueryAttention`. */
const knownAttributes: readonly string[] = [
  'num_heads',
  'kv_num_heads',
  'scale',
  'do_rotary',
  'rotary_interleaved',
]

/** Other attributes, and whether a value of theirs changes nothing. */
const neutralAttributes: Readonly<Record<string, (value: number) => boolean>> = {
  softcap: (value) => value === 0,
  smooth_softmax: (value) => value <= 0,
  local_window_size: (value) => value < 0,
  qk_output: (value) => value === 0,
  kv_cache_bit_width: (value) => value === 0,
  causal: (value) => value === 1,
}

/**
 * Finds the outputs of a decoder that are its KV cache, where all of it belongs to
 * GroupQueryAttention. That operator reads only what the mask covers, so the cache may be longer
 * than its content. Throws `bad-model` for bytes that are not a model, and `unsupported` for a
 * decoder with another cache.
 */
export function findCacheOutputs(model: Uint8Array): readonly string[] {
  return listCacheOutputs(parseModel(model))
}

/** Finds the cache outputs of a parsed decoder. Throws `unsupported` for another cache. */
export function listCacheOutputs({ inputs, outputs, nodes }: ParsedModel): readonly string[] {
  const attentions = nodes.flatMap((node) => parseOperands(node) ?? [])
  const pasts = attentions.flatMap(({ inputs }) => inputs.slice(3, 5))
  const presents = attentions.flatMap(({ outputs }) => outputs.slice(1, 3))
  const cacheInputs = inputs.filter(({ name }) => name.startsWith('past'))
  const foreignValue =
    cacheInputs.find(({ name }) => !pasts.includes(name)) ??
    outputs.find(({ name }) => name.startsWith('present') && !presents.includes(name))
  if (foreignValue)
    throw new NanoError(
      'unsupported',
      `onnx-graph: ${foreignValue.name} of the ONNX model does not belong to a ` +
        'GroupQueryAttention node, and no other cache is supported here. Use the model as it is.',
    )
  if (cacheInputs.length === 0)
    throw new NanoError(
      'unsupported',
      'onnx-graph: the ONNX model has no KV cache among its inputs. Use the model as it is.',
    )
  return presents
}

/**
 * Parses an encoded node that is a GroupQueryAttention. Throws `unsupported` for an attention with
 * other attributes or inputs than heads, positions and a scale.
 */
export function parseGroupQueryAttention(node: Uint8Array): GroupQueryAttention | undefined {
  const operands = parseOperands(node)
  if (!operands) return undefined
  const attributes = new Map(
    filterFields(parseFields(node), nodeField.attribute).map(({ bytes }) =>
      parseAttribute(parseFields(bytes)),
    ),
  )
  const unknown = findUnknown(operands, attributes)
  if (unknown !== undefined)
    throw new NanoError(
      'unsupported',
      `onnx-graph: the ONNX model has an attention with ${unknown}, which is not supported here. ` +
        'Use the model as it is.',
    )

  const number = (name: string) => attributes.get(name)?.value ?? 0
  const scale = number('scale')
  return {
    ...operands,
    heads: number('num_heads'),
    kvHeads: number('kv_num_heads'),
    scale: scale === 0 ? undefined : scale,
    rotary: number('do_rotary') === 1 ? { interleaved: number('rotary_interleaved') } : undefined,
    attributes: Object.fromEntries(
      [...attributes].flatMap(([name, { type, value }]) => {
        if (value === undefined || !knownAttributes.includes(name)) return []
        return [[name, type === attributeType.float ? { float: value } : value]]
      }),
    ),
  }
}

/** Parses the inputs and outputs of a node. Returns undefined for another operator. */
function parseOperands(node: Uint8Array): Operands | undefined {
  const fields = parseFields(node)
  const texts = (number: number) => filterFields(fields, number).map(decodeText)
  return texts(nodeField.operator).includes('GroupQueryAttention')
    ? { inputs: texts(nodeField.input), outputs: texts(nodeField.output) }
    : undefined
}

/** Finds an attribute, input or output that changes what the attention computes. */
function findUnknown(
  { inputs, outputs }: Operands,
  attributes: ReadonlyMap<string, AttributeValue>,
): string | undefined {
  const attribute = [...attributes].find(
    ([name, { value }]) =>
      !knownAttributes.includes(name) && !(value !== undefined && neutralAttributes[name]?.(value)),
  )
  return attribute?.[0] ?? inputs.slice(9).find((name) => name !== '') ?? outputs[3]
}

interface AttributeValue {
  readonly type: number
  /** Absent for what is neither a float nor an integer. */
  readonly value: number | undefined
}

/** Parses an `AttributeProto`. */
function parseAttribute(fields: readonly Field[]): readonly [name: string, AttributeValue] {
  const name = decodeText(findField(fields, attributeField.name))
  const type = findField(fields, attributeField.type)?.integer ?? 0
  if (type === attributeType.float)
    return [name, { type, value: readFloat(findField(fields, attributeField.float)) }]
  const value =
    type === attributeType.integer
      ? (findField(fields, attributeField.integer)?.integer ?? 0)
      : undefined
  return [name, { type, value }]
}

/** Reads a float, which is the last four bytes of its field. */
function readFloat(field: Field | undefined): number {
  if (!field) return 0
  const { buffer, byteOffset, length } = field.encoded
  return new DataView(buffer, byteOffset + length - 4).getFloat32(0, true)
}
