import { NanoError } from '@nano/core'
import type { OnnxNode } from '../graph/onnx-graph.ts'
import { readOnnx, type ReadModel } from '../graph/read-model.ts'
import { fieldsOf, textOf, type Field } from '../protobuf/read-fields.ts'

interface Names {
  /**
   * Query, or all three packed into it; key; value; past key; past value; `seqlens_k`; the total
   * length; cosines; sines.
   */
  readonly inputs: readonly string[]
  /** What is attended to, and the present key and value. */
  readonly outputs: readonly string[]
}

/** A GroupQueryAttention of a graph that was read. */
export interface GroupedQuery extends Names {
  readonly heads: number
  readonly kvHeads: number
  /** What scores are multiplied by; absent for one over the root of the head's width. */
  readonly scale: number | undefined
  readonly rotary: { readonly interleaved: number } | undefined
  readonly attributes: NonNullable<OnnxNode['attributes']>
}

/** Attributes that change nothing while they are so. Negative integers are read as huge ones. */
const neutral: Readonly<Record<string, (value: number) => boolean>> = {
  softcap: (value) => value === 0,
  smooth_softmax: (value) => value <= 0 || value >= 2 ** 63,
  local_window_size: (value) => value >= 2 ** 63,
  qk_output: (value) => value === 0,
  kv_cache_bit_width: (value) => value === 0,
  causal: (value) => value === 1,
}
const wanted: readonly string[] = [
  'num_heads',
  'kv_num_heads',
  'scale',
  'do_rotary',
  'rotary_interleaved',
]

/** Reads what goes into a node and comes out; nothing where it is another operator. */
function namesOf(node: Uint8Array): Names | undefined {
  const fields = fieldsOf(node)
  const texts = (number: number) => fields.filter((field) => field.number === number).map(textOf)
  return texts(4).includes('GroupQueryAttention')
    ? { inputs: texts(1), outputs: texts(2) }
    : undefined
}

/**
 * Gives the outputs of a decoder that are its KV cache, where all of it is GroupQueryAttention's,
 * which looks at no more of a cache than the mask says: that may be longer than what is in it.
 * Throws `bad-model` for what is no model, and `unsupported` for a decoder with another cache.
 */
export function groupedQueryCache(model: Uint8Array): readonly string[] {
  return cacheOutputs(readOnnx(model))
}

/**
 * The outputs that are a decoder's KV cache. Throws `unsupported` where a part of it is not a
 * GroupQueryAttention's.
 */
export function cacheOutputs({ inputs, outputs, nodes }: ReadModel): readonly string[] {
  const found = nodes.flatMap((node) => namesOf(node) ?? [])
  const pasts = found.flatMap(({ inputs }) => inputs.slice(3, 5))
  const presents = found.flatMap(({ outputs }) => outputs.slice(1, 3))
  const kept = inputs.filter(({ name }) => name.startsWith('past'))
  const other =
    kept.find(({ name }) => !pasts.includes(name)) ??
    outputs.find(({ name }) => name.startsWith('present') && !presents.includes(name))
  if (kept.length === 0 || other)
    throw new NanoError(
      'unsupported',
      `forge: this ONNX model has ${other ? `${other.name}, which is not of a GroupQueryAttention` : 'no KV cache among its inputs'}. Use it as it is.`,
    )
  return presents
}

/**
 * Reads a node; nothing where it is another operator. Throws `unsupported` for an attention with
 * more to it than heads, positions and a scale.
 */
export function groupedQuery(node: Uint8Array): GroupedQuery | undefined {
  const names = namesOf(node)
  if (!names) return undefined
  const { inputs, outputs } = names
  const given = new Map(
    fieldsOf(node)
      .filter(({ number }) => number === 5)
      .map(({ bytes }) => attribute(fieldsOf(bytes))),
  )
  const more =
    [...given].find(
      ([name, { value }]) =>
        !wanted.includes(name) && !(value !== undefined && neutral[name]?.(value)),
    )?.[0] ??
    inputs.slice(9).find((name) => name !== '') ??
    outputs[3]
  if (more !== undefined)
    throw new NanoError(
      'unsupported',
      `forge: this ONNX model has an attention with ${more}, which is not known here. Use its cache as it is.`,
    )

  const number = (name: string) => given.get(name)?.value ?? 0
  const scale = number('scale')
  return {
    ...names,
    heads: number('num_heads'),
    kvHeads: number('kv_num_heads'),
    scale: scale === 0 ? undefined : scale,
    rotary: number('do_rotary') === 1 ? { interleaved: number('rotary_interleaved') } : undefined,
    attributes: Object.fromEntries(
      [...given].flatMap(([name, { type, value }]) =>
        value === undefined || !wanted.includes(name)
          ? []
          : [[name, type === 1 ? { float: value } : value]],
      ),
    ),
  }
}

/** An `AttributeProto`: a float in field 2, an integer in field 3; others have no value here. */
function attribute(
  fields: readonly Field[],
): readonly [name: string, { readonly type: number; readonly value: number | undefined }] {
  const find = (number: number) => fields.find((field) => field.number === number)
  const name = find(1)
  const type = find(20)?.integer ?? 0
  const float = find(2)?.whole
  const value =
    type === 1
      ? float
        ? new DataView(float.buffer, float.byteOffset + float.length - 4).getFloat32(0, true)
        : 0
      : type === 2
        ? (find(3)?.integer ?? 0)
        : undefined
  return [name ? textOf(name) : '', { type, value }]
}
