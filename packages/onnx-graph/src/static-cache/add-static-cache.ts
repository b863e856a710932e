import { NanoError } from '@nano/core'
import { GraphBuilder } from '../graph/graph-builder.ts'
import { findDimensions, parseModel, type ParsedModel } from '../graph/parse-model.ts'
import { encodeParsedModel, encodeParts } from '../graph/rewrite-model.ts'
import { reduceToLastLogits } from '../keep-last-logits.ts'
import {
  listCacheOutputs,
  parseGroupQueryAttention,
  type GroupQueryAttention,
} from './group-query-attention.ts'
import { encodeStaticAttention, type Attention, type SharedValues } from './static-attention.ts'

/** The oldest operator set in which all operators that are added mean what they do here. */
const oldestOperatorSet = 13

/** Options of `addStaticCache`. */
export interface StaticCacheOptions {
  /** The width of a head, for a graph that has a name in its place. */
  readonly headSize?: number | undefined
}

/**
 * Gives a decoder a static KV cache: the session takes a cache with room for more tokens, and
 * returns only the keys and values of the tokens that it read, for the caller to put into the
 * cache. A run that reads one token copies nothing of the length of the context; a run that reads
 * several works as before. Takes a model as transformers.js or onnxruntime-genai has it, whose
 * attention is GroupQueryAttention in float32. Weights in a file beside the model stay there.
 *
 * Inputs: those of the decoder. `past_key_values.{i}.key` and `.value` may be longer than their
 * content, filled up with finite numbers. A run reads one token each of several sequences, or any
 * number of one sequence. Outputs:
 * - `logits` of the last token, `[batch, 1, vocabulary]`.
 * - `new_key_values.{i}.key` and `.value`, `[batch, heads, tokens read, width]`.
 *
 * Throws `bad-model` for bytes that are not a model, and `unsupported` for a model with another
 * attention or an operator set older than 13.
 */
export function addStaticCache(
  model: Uint8Array,
  { headSize }: StaticCacheOptions = {},
): Uint8Array {
  const parsed = reduceToLastLogits(parseModel(model))
  if (parsed.operatorSet < oldestOperatorSet)
    throw unsupported(
      `has operator set ${parsed.operatorSet}, ` +
        `and a static cache needs ${oldestOperatorSet} or later. Export it again.`,
    )
  const attentions = new Map(
    parsed.nodes.flatMap((node) => {
      const attention = parseGroupQueryAttention(node)
      return attention ? [[node, describeAttention(parsed, attention, headSize)] as const] : []
    }),
  )
  const newNames = new Map(
    listCacheOutputs(parsed).map((name) => [name, name.replace(/^present/, 'new_key_values')]),
  )

  const sharedValues = addSharedValues(new GraphBuilder('static/'), [...attentions.values()])
  const nodes = parsed.nodes.map((node) => {
    const attention = attentions.get(node)
    return attention ? encodeStaticAttention(attention, sharedValues, newNames) : node
  })
  const firstAttention = parsed.nodes.findIndex((node) => attentions.has(node))
  const addedParts = encodeParts(sharedValues.main.build('static'))
  return encodeParsedModel({
    ...parsed,
    nodes: nodes.toSpliced(firstAttention, 0, ...addedParts.nodes),
    tensors: [...parsed.tensors, ...addedParts.tensors],
    outputs: parsed.outputs.map((output) => ({
      ...output,
      name: newNames.get(output.name) ?? output.name,
    })),
  })
}

/** Adds to an attention what the inputs and weights of the model say of it. */
function describeAttention(
  { inputs, tensors }: ParsedModel,
  attention: GroupQueryAttention,
  headSize: number | undefined,
): Attention {
  const past = inputs.find(({ name }) => name === attention.inputs[3])
  const [, heads, , width = headSize] = past?.dimensions ?? []
  if (past?.type !== 'float32' || width === undefined || heads !== attention.kvHeads)
    throw unsupported(
      'has a cache that is not float32, [batch, heads, length, width] ' +
        'with heads and width given. Give headSize, or use the model as it is.',
    )
  if (!attention.rotary) return { ...attention, width, scale: scaleOf(attention, width) }
  const cosines = findDimensions(tensors, attention.inputs[7] ?? '')
  if (cosines?.[1] === undefined)
    throw unsupported(
      'computes the cosines of its positions instead of storing them. Use the model as it is.',
    )
  return {
    ...attention,
    width,
    scale: scaleOf(attention, width),
    rotaryWidth: 2 * cosines[1],
  }
}

function scaleOf({ scale }: GroupQueryAttention, width: number): number {
  return scale ?? 1 / Math.sqrt(width)
}

/** Adds the values that all layers share. */
function addSharedValues(main: GraphBuilder, attentions: readonly Attention[]): SharedValues {
  const [first] = attentions
  const lengths = first?.inputs[5] ?? ''
  if (attentions.some(({ inputs }) => inputs[5] !== lengths))
    throw unsupported('counts its tokens in each layer anew. Use the model as it is.')
  const integers = (name: string, values: readonly number[], dimensions?: readonly number[]) =>
    main.addIntegers(`static/${name}`, values, dimensions)
  const reshape = (input: string, shape: string) =>
    main.addNode('Reshape', { inputs: [input, shape] })
  const sizeOf = (input: string, axis: number) =>
    main.addNode('Gather', {
      inputs: [main.addNode('Shape', { inputs: [input] }), integers(`axis/${axis}`, [axis], [])],
      attributes: { axis: 0 },
    })
  const one = main.addInteger(1)

  const tokensRead = sizeOf('input_ids', 1)
  // `seqlens_k` is the index of the last token of each sequence.
  const lastIndex = reshape(main.addCast(lengths, 'int64'), main.addInteger(-1))
  const pastLength = main.addNode('Sub', {
    inputs: [main.addNode('Add', { inputs: [lastIndex, one] }), tokensRead],
  })
  const cacheLength = sizeOf(first?.inputs[3] ?? '', 2)
  const index = main.addNode('Range', {
    inputs: [integers('zero', [0], []), cacheLength, integers('step', [1], [])],
  })
  const isFilled = main.addNode('Less', {
    inputs: [index, reshape(pastLength, integers('rows', [-1, 1, 1, 1]))],
  })
  return {
    main,
    pastLength,
    isSingleToken: main.addNode('Equal', { inputs: [tokensRead, one] }),
    positions: reshape(pastLength, integers('column', [-1, 1])),
    mask: main.addNode('Where', {
      inputs: [isFilled, main.addFloat(0), main.addFloat(-Infinity)],
    }),
    splitSizes: main.addNode('Concat', {
      inputs: [reshape(cacheLength, one), one],
      attributes: { axis: 0 },
    }),
  }
}

function unsupported(fault: string): NanoError {
  return new NanoError('unsupported', `onnx-graph: the ONNX model ${fault}`)
}
