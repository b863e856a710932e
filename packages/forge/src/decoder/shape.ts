import { NanoError } from '@nano/core'

/** The sizes of a decoder, as its `config.json` has them. */
export interface Shape {
  /** llama.cpp's name of the graph. `qwen3` normalizes queries and keys. */
  readonly architecture: 'llama' | 'qwen3'
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  /** Width of a head. `heads × headSize` need not be `hiddenSize`. */
  readonly headSize: number
  readonly feedForwardSize: number
  /** Number of tokens. */
  readonly vocabularySize: number
  readonly contextLength: number
  readonly ropeTheta: number
  /** How Llama 3 stretches rotary frequencies. */
  readonly ropeScaling?: {
    readonly factor: number
    readonly lowFrequencyFactor: number
    readonly highFrequencyFactor: number
    readonly originalContextLength: number
  }
  readonly normEpsilon: number
  /** Whether the embedding is the output matrix too. */
  readonly hasTiedEmbeddings: boolean
}

/** A matrix that every layer has, by llama.cpp's name. */
export type MatrixName =
  | 'attn_q'
  | 'attn_k'
  | 'attn_v'
  | 'attn_output'
  | 'ffn_gate'
  | 'ffn_up'
  | 'ffn_down'

/** A matrix of a layer. */
export interface LayerMatrix {
  readonly name: MatrixName
  /** Weights per row, and rows. */
  readonly dimensions: readonly [columns: number, rows: number]
}

/** Lists the matrices of a layer. */
export function listMatrices({
  hiddenSize,
  heads,
  kvHeads,
  headSize,
  feedForwardSize,
}: Shape): readonly LayerMatrix[] {
  return [
    { name: 'attn_q', dimensions: [hiddenSize, heads * headSize] },
    { name: 'attn_k', dimensions: [hiddenSize, kvHeads * headSize] },
    { name: 'attn_v', dimensions: [hiddenSize, kvHeads * headSize] },
    { name: 'attn_output', dimensions: [heads * headSize, hiddenSize] },
    { name: 'ffn_gate', dimensions: [hiddenSize, feedForwardSize] },
    { name: 'ffn_up', dimensions: [hiddenSize, feedForwardSize] },
    { name: 'ffn_down', dimensions: [feedForwardSize, hiddenSize] },
  ]
}

/** Throws `invalid-request` for sizes that do not fit each other or the number of tokens. */
export function assertShape(shape: Shape, tokens = shape.vocabularySize): void {
  for (const size of [
    'hiddenSize',
    'layers',
    'heads',
    'kvHeads',
    'headSize',
    'feedForwardSize',
    'vocabularySize',
    'contextLength',
  ] as const) {
    if (!Number.isSafeInteger(shape[size]) || shape[size] < 1)
      throw invalidShapeError(`${size} is ${shape[size]}. Give a positive whole number`)
  }
  const { heads, kvHeads, headSize, vocabularySize } = shape
  if (heads % kvHeads !== 0)
    throw invalidShapeError(
      `${heads} heads cannot share ${kvHeads} kvHeads. Give heads that are a multiple of kvHeads`,
    )
  if (headSize % 2 !== 0)
    throw invalidShapeError(
      `headSize is ${headSize}, and rotary positions need pairs. Give an even one`,
    )
  if (tokens !== vocabularySize)
    throw invalidShapeError(
      `vocabularySize is ${vocabularySize}, and the vocabulary has ${tokens} tokens. ` +
        `Give { ...shape, vocabularySize: ${tokens} }, or another vocabulary`,
    )
}

function invalidShapeError(fault: string): NanoError {
  return new NanoError('invalid-request', `forge: the shape does not fit: ${fault}.`)
}
