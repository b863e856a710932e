import { NanoError } from '@nano/core'

/** The sizes of a decoder, as its `config.json` has them. */
export interface Shape {
  /** llama.cpp's name of the graph. `qwen3` normalizes queries and keys. */
  readonly architecture: 'llama' | 'qwen3'
  readonly hidden: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  /** Width of a head. `heads × headSize` need not be `hidden`. */
  readonly headSize: number
  readonly feedForward: number
  /** Number of tokens. */
  readonly vocabulary: number
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
  readonly tied: boolean
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
  hidden,
  heads,
  kvHeads,
  headSize,
  feedForward,
}: Shape): readonly LayerMatrix[] {
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

/** Throws `invalid-request` for sizes that do not fit each other or the number of tokens. */
export function assertShape(shape: Shape, tokens = shape.vocabulary): void {
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
      throw invalidShape(`${size} is ${shape[size]}. Give a positive whole number`)
  }
  const { heads, kvHeads, headSize, vocabulary } = shape
  if (heads % kvHeads !== 0)
    throw invalidShape(
      `${heads} heads cannot share ${kvHeads} kvHeads. Give heads that are a multiple of kvHeads`,
    )
  if (headSize % 2 !== 0)
    throw invalidShape(`headSize is ${headSize}, and rotary positions need pairs. Give an even one`)
  if (tokens !== vocabulary)
    throw invalidShape(
      `vocabulary is ${vocabulary}, and the vocabulary has ${tokens} tokens. ` +
        `Give { ...shape, vocabulary: ${tokens} }, or another vocabulary`,
    )
}

function invalidShape(fault: string): NanoError {
  return new NanoError('invalid-request', `forge: the shape does not fit: ${fault}.`)
}
