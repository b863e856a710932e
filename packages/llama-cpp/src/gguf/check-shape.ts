import { NanoError } from '@nano/core'
import { assertVocabulary, type KeyFault } from './check-vocabulary.ts'
import { type HeaderTensor } from './read-tensors.ts'
import type { GgufHeader, HeaderValue } from './read-header.ts'

/**
 * Compares what a header says about its model with itself and with the shapes of its tensors: the
 * runtime ends the process over some contradictions. Refuses only what is wrong for every
 * architecture; the runtime refuses the rest. Throws `bad-model` with the key.
 */
export function assertShape(path: string, header: GgufHeader): void {
  const fault: KeyFault = (key, reason) =>
    new NanoError(
      'bad-model',
      `llama-cpp: ${path} is broken: its ${key} ${reason}. Get it again and compare its size ` +
        'with the original.',
    )
  const architecture = header.values.get('general.architecture')
  if (typeof architecture !== 'string') throw fault('general.architecture', 'is missing')
  const shape = modelShape(header, architecture, fault)

  assertLength(shape)
  const hiddenSize = readHiddenSize(shape)
  assertNumbers(shape)
  for (const tensor of header.tensors) {
    assertVectorType(shape, tensor)
    const [, layer, part] =
      /^blk\.(\d+)\.(attn_q|attn_k|attn_v|attn_output|ffn_up)\.weight$/.exec(tensor.name) ?? []
    if (layer === undefined) continue
    if (part === 'ffn_up') assertFeedForward(shape, tensor, Number(layer))
    else
      assertAttention(shape, {
        tensor,
        part: part as AttentionPart,
        layer: Number(layer),
        hiddenSize,
      })
  }
  assertVocabulary(header, fault)
}

/** The values of a header that its architecture prefixes. */
interface ModelShape extends GgufHeader {
  /** The whole key. */
  keyOf(name: string): string
  /** A count, of one layer where layers differ; absent for what is no count. */
  count(name: string, layer?: number): number | undefined
  /** Each layer has a value of its own. */
  differsByLayer(name: string): boolean
  readonly fault: KeyFault
}

function modelShape(header: GgufHeader, architecture: string, fault: KeyFault): ModelShape {
  const keyOf = (name: string) => `${architecture}.${name}`
  return {
    ...header,
    keyOf,
    count: (name, layer = 0) => toCount(header.values.get(keyOf(name)), layer),
    differsByLayer: (name) => typeof header.values.get(keyOf(name)) === 'object',
    fault,
  }
}

function toCount(value: HeaderValue | undefined, layer: number): number | undefined {
  const item = typeof value === 'object' ? value.items[layer] : value
  return typeof item === 'number' && Number.isInteger(item) && item >= 0 ? item : undefined
}

function describeCount(count: number | undefined): string {
  return count === undefined ? 'missing or not a count' : String(count)
}

/** More layers than any model has, and than the runtime takes. */
const maxLayers = 512

function assertLength({ tensors, count, keyOf, fault }: ModelShape): void {
  const blockIndices = tensors.map(({ name }) =>
    Number(/(?:^|\.)blk\.(\d+)\./.exec(name)?.[1] ?? -1),
  )
  const blockCount = Math.max(-1, ...blockIndices) + 1
  const layerCount = count('block_count')
  if (layerCount === undefined || layerCount < blockCount || layerCount > maxLayers)
    throw fault(
      keyOf('block_count'),
      `is ${describeCount(layerCount)}, and its tensors are of ${blockCount} blocks`,
    )
  const trainedLength = count('context_length')
  if (trainedLength === undefined || trainedLength < 1 || trainedLength > 2 ** 31)
    throw fault(keyOf('context_length'), `is ${describeCount(trainedLength)}`)
}

function readHiddenSize({ tensors, count, keyOf, fault }: ModelShape): number {
  const hiddenSize = count('embedding_length')
  const embedding = tensors.find(({ name }) => name === 'token_embd.weight')
  if (hiddenSize && (!embedding || embedding.dimensions[0] === hiddenSize)) return hiddenSize
  throw fault(
    keyOf('embedding_length'),
    `is ${describeCount(hiddenSize)}, and its token_embd.weight ` +
      `${describeCount(embedding?.dimensions[0])} wide`,
  )
}

function assertNumbers({ values, fault }: ModelShape): void {
  for (const [key, value] of values)
    if (
      typeof value === 'number' &&
      (!Number.isFinite(value) || (key.endsWith('_epsilon') && value < 0))
    )
      throw fault(key, `is ${String(value)}`)
}

/** The runtime adds and multiplies vectors in F32 alone, and ends the process over another type. */
function assertVectorType({ fault }: ModelShape, { name, dimensions, type }: HeaderTensor): void {
  if (type !== 0 && dimensions.length === 1 && /(norm\.weight|\.bias)$/.test(name))
    throw fault(name, `has the ggml type ${type}, and a vector needs F32, which is type 0`)
}

function assertFeedForward(
  { count, differsByLayer, keyOf, fault }: ModelShape,
  { name, dimensions: [, height = 0] }: HeaderTensor,
  layer: number,
): void {
  const length = count('feed_forward_length', layer)
  if (length === 0 && differsByLayer('feed_forward_length')) return
  if (!length || height % length !== 0)
    throw fault(
      keyOf('feed_forward_length'),
      `is ${describeCount(length)}, and its ${name} ${height} high`,
    )
}

type AttentionPart = 'attn_q' | 'attn_k' | 'attn_v' | 'attn_output'

interface AttentionTensor {
  readonly tensor: HeaderTensor
  readonly part: AttentionPart
  readonly layer: number
  /** The embedding length. */
  readonly hiddenSize: number
}

function assertAttention(
  shape: ModelShape,
  { tensor, part, layer, hiddenSize }: AttentionTensor,
): void {
  const { values, count, differsByLayer, keyOf, fault } = shape
  const { name, dimensions } = tensor
  const heads = count('attention.head_count', layer)
  const kvHeads = values.has(keyOf('attention.head_count_kv'))
    ? count('attention.head_count_kv', layer)
    : heads
  // Layers of another kind than attention have no heads.
  if (heads === 0 && differsByLayer('attention.head_count')) return
  if (kvHeads === 0 && differsByLayer('attention.head_count_kv')) return
  if (!heads || !kvHeads || heads % kvHeads !== 0)
    throw fault(
      keyOf(heads ? 'attention.head_count_kv' : 'attention.head_count'),
      `is ${describeCount(heads ? kvHeads : heads)}, and there are ${describeCount(heads)} ` +
        `heads in ${name}`,
    )

  const keyLength = count('attention.key_length') ?? Math.floor(hiddenSize / heads)
  const valueLength = count('attention.value_length') ?? Math.floor(hiddenSize / heads)
  const [width = 0, height = 0] = dimensions
  const { key, expected, actual } = {
    attn_q: { key: 'key_length', expected: heads * keyLength, actual: height },
    attn_k: { key: 'key_length', expected: kvHeads * keyLength, actual: height },
    attn_v: { key: 'value_length', expected: kvHeads * valueLength, actual: height },
    attn_output: { key: 'value_length', expected: heads * valueLength, actual: width },
  }[part]
  // A matrix of queries may hold their gates too.
  const hasExpectedLength = part === 'attn_q' ? actual % expected === 0 : actual === expected
  // Heads of another length in some layers, or folded ones, have keys of their own.
  const hasOtherHeads = [...values.keys()].some((key) => /\.(key|value)_length_/.test(key))
  if (!hasExpectedLength && !hasOtherHeads)
    throw fault(
      keyOf(`attention.${key}`),
      `with its heads makes ${expected}, and its ${name} has ${actual}`,
    )
  const rotatedLength = count('rope.dimension_count')
  if (rotatedLength !== undefined && (rotatedLength > keyLength || rotatedLength % 2 !== 0))
    throw fault(
      keyOf('rope.dimension_count'),
      `is ${rotatedLength}, and has to be even and at most the head length, ${keyLength}`,
    )
}
