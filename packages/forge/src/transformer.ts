import { NanoError } from '@nano/core'
import { check } from './check.ts'
import {
  float32,
  uint32,
  type GgufContents,
  type GgufTensor,
  type GgufValue,
  type Weights,
} from './gguf.ts'
import { matrixType, mixOf, type Quantisation } from './quantisations.ts'
import { ropeFactors } from './rope.ts'
import type { Shape } from './shapes.ts'
import { vocabularyMetadata, type Vocabulary } from './vocabulary.ts'

/** What to make of a shape. */
export interface TransformerOptions {
  readonly shape: Shape
  readonly quantisation: Quantisation
  /** As many tokens as the shape says. */
  readonly vocabulary: Vocabulary
  /** `general.name`, by which a runner may know how to talk to it. */
  readonly name?: string
  /** A Jinja template for chats; left out, the file has none. */
  readonly chatTemplate?: string
  /** A whole number; the weights of each tensor are drawn from it and the tensor's name. */
  readonly seed?: number
  /** Standard deviation of the weights. */
  readonly deviation?: number
}

/** A matrix of every layer, as llama.cpp names it. */
export type MatrixName =
  | 'attn_q'
  | 'attn_k'
  | 'attn_v'
  | 'attn_output'
  | 'ffn_gate'
  | 'ffn_up'
  | 'ffn_down'

interface Matrix {
  readonly name: MatrixName
  /** Weights per row, and rows. */
  readonly dimensions: readonly [number, number]
}

/**
 * A decoder of that shape with random weights: it answers nonsense, and takes the memory and time
 * of the real one. Throws `invalid-request` for sizes that do not fit each other or the
 * quantisation.
 */
export function transformer({
  shape,
  quantisation,
  vocabulary,
  name = 'forged',
  chatTemplate,
  seed = 0,
  deviation = 0.02,
}: TransformerOptions): GgufContents {
  checkShape(shape, vocabulary)
  const contents = {
    metadata: {
      ...general({ shape, quantisation, name }),
      ...vocabularyMetadata(vocabulary),
      ...(chatTemplate !== undefined && { 'tokenizer.chat_template': chatTemplate }),
    },
    tensors: tensorsOf(shape, quantisation, { type: 'random', seed, deviation }),
  }
  check(contents)
  return contents
}

/** The matrices of a layer. */
export function matricesOf({
  hidden,
  heads,
  kvHeads,
  headSize,
  feedForward,
}: Shape): readonly Matrix[] {
  return [
    { name: 'attn_q', dimensions: [hidden, heads * headSize] },
    { name: 'attn_k', dimensions: [hidden, kvHeads * headSize] },
    { name: 'attn_v', dimensions: [hidden, kvHeads * headSize] },
    { name: 'attn_output', dimensions: [heads * headSize, hidden] },
    { name: 'ffn_gate', dimensions: [hidden, feedForward] },
    { name: 'ffn_up', dimensions: [hidden, feedForward] },
    { name: 'ffn_down', dimensions: [feedForward, hidden] },
  ]
}

/** Throws `invalid-request` for sizes that do not fit each other. */
export function checkShape(shape: Shape, vocabulary?: Vocabulary): void {
  const refused = (why: string) => new NanoError('invalid-request', `forge: ${why}.`)
  for (const size of [
    'hidden',
    'layers',
    'heads',
    'kvHeads',
    'headSize',
    'feedForward',
    'vocabulary',
    'contextLength',
  ] as const) {
    if (!Number.isSafeInteger(shape[size]) || shape[size] < 1)
      throw refused(`the shape's ${size} is ${shape[size]}. Give a positive whole number`)
  }
  if (shape.heads % shape.kvHeads !== 0)
    throw refused(
      `${shape.heads} heads cannot share ${shape.kvHeads} kvHeads. Give heads that are a multiple of kvHeads`,
    )
  if (shape.headSize % 2 !== 0)
    throw refused(
      `rotary positions turn pairs, and headSize is ${shape.headSize}. Give an even one`,
    )
  const tokens = vocabulary?.tokens.length
  if (tokens !== undefined && tokens !== shape.vocabulary)
    throw refused(
      `the shape has ${shape.vocabulary} tokens and the vocabulary ${tokens}. Give { ...shape, vocabulary: ${tokens} }, or another vocabulary`,
    )
}

function general({
  shape,
  quantisation,
  name,
}: {
  readonly shape: Shape
  readonly quantisation: Quantisation
  readonly name: string
}): Record<string, GgufValue> {
  const { architecture } = shape
  return {
    'general.architecture': architecture,
    'general.type': 'model',
    'general.name': name,
    'general.file_type': uint32(mixOf(quantisation).fileType),
    'general.quantization_version': uint32(2),
    [`${architecture}.vocab_size`]: uint32(shape.vocabulary),
    [`${architecture}.context_length`]: uint32(shape.contextLength),
    [`${architecture}.embedding_length`]: uint32(shape.hidden),
    [`${architecture}.block_count`]: uint32(shape.layers),
    [`${architecture}.feed_forward_length`]: uint32(shape.feedForward),
    [`${architecture}.attention.head_count`]: uint32(shape.heads),
    [`${architecture}.attention.head_count_kv`]: uint32(shape.kvHeads),
    [`${architecture}.attention.key_length`]: uint32(shape.headSize),
    [`${architecture}.attention.value_length`]: uint32(shape.headSize),
    [`${architecture}.attention.layer_norm_rms_epsilon`]: float32(shape.normEpsilon),
    [`${architecture}.rope.dimension_count`]: uint32(shape.headSize),
    [`${architecture}.rope.freq_base`]: float32(shape.ropeTheta),
  }
}

function tensorsOf(shape: Shape, quantisation: Quantisation, weights: Weights): GgufTensor[] {
  const { architecture, hidden, layers, headSize, vocabulary, tied } = shape
  const mix = mixOf(quantisation)
  const output = mix.output ?? mix.type
  const factors = ropeFactors(shape)
  return [
    {
      name: 'token_embd.weight',
      dimensions: [hidden, vocabulary],
      type: tied ? output : mix.type,
      weights,
    },
    ...(factors ? [vector('rope_freqs.weight', factors)] : []),
    ...Array.from({ length: layers }, (_, layer): GgufTensor[] => [
      ones(`blk.${layer}.attn_norm.weight`, hidden),
      ones(`blk.${layer}.ffn_norm.weight`, hidden),
      ...(architecture === 'qwen3'
        ? [
            ones(`blk.${layer}.attn_q_norm.weight`, headSize),
            ones(`blk.${layer}.attn_k_norm.weight`, headSize),
          ]
        : []),
      ...matricesOf(shape).map(({ name, dimensions }): GgufTensor => ({
        name: `blk.${layer}.${name}.weight`,
        dimensions,
        type: matrixType(mix, { name, layer, layers }),
        weights,
      })),
    ]).flat(),
    ones('output_norm.weight', hidden),
    ...(tied
      ? []
      : [{ name: 'output.weight', dimensions: [hidden, vocabulary], type: output, weights }]),
  ]
}

/** Vectors stay in full precision, as llama.cpp keeps them. */
function vector(name: string, values: Float32Array): GgufTensor {
  return { name, dimensions: [values.length], type: 'F32', weights: { type: 'given', values } }
}

function ones(name: string, length: number): GgufTensor {
  return vector(name, new Float32Array(length).fill(1))
}
