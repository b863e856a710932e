import type { TensorType } from './tensor-types.ts'

/** Which matrices of a layer a mix may keep in more bits than the others. */
type MixedMatrix = 'attn_v' | 'attn_output' | 'ffn_down'

/**
 * A name that llama.cpp's quantiser knows: the type of most matrices, and `_S`, `_M` or `_L` for
 * how many of the others get more bits.
 */
export type Quantisation =
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'Q8_0'
  | 'Q4_0'
  | 'Q4_1'
  | 'Q5_0'
  | 'Q5_1'
  | 'Q2_K'
  | 'Q3_K_S'
  | 'Q3_K_M'
  | 'Q3_K_L'
  | 'Q4_K_S'
  | 'Q4_K_M'
  | 'Q5_K_S'
  | 'Q5_K_M'
  | 'Q6_K'

/** What llama.cpp writes for a name such as Q4_K_M. */
interface Mix {
  /** `general.file_type`. */
  readonly fileType: number
  readonly type: TensorType
  /** The output matrix, or the embedding where it serves as one. */
  readonly output?: TensorType
  /** The same in each layer, or by layer. */
  readonly matrices?: Readonly<
    Partial<Record<MixedMatrix, TensorType | ((layer: number, layers: number) => TensorType)>>
  >
}

/**
 * Values and the narrowing matrix lose most by rounding; they get more bits in the first eighth,
 * the last, and every third between.
 */
const more = (type: TensorType) => (layer: number, layers: number) => {
  const eighth = Math.floor(layers / 8)
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2
    ? 'Q6_K'
    : type
}
const first =
  (count: (layers: number) => number, types: readonly [TensorType, TensorType]) =>
  (layer: number, layers: number) =>
    types[layer < count(layers) ? 0 : 1]

const mixes: Readonly<Record<Quantisation, Mix>> = {
  F32: { fileType: 0, type: 'F32' },
  F16: { fileType: 1, type: 'F16' },
  BF16: { fileType: 32, type: 'BF16' },
  Q8_0: { fileType: 7, type: 'Q8_0' },
  Q4_0: { fileType: 2, type: 'Q4_0', output: 'Q6_K' },
  Q4_1: { fileType: 3, type: 'Q4_1', output: 'Q6_K' },
  Q5_0: { fileType: 8, type: 'Q5_0', output: 'Q6_K' },
  Q5_1: { fileType: 9, type: 'Q5_1', output: 'Q6_K' },
  Q2_K: {
    fileType: 10,
    type: 'Q2_K',
    output: 'Q6_K',
    matrices: { attn_v: 'Q4_K', attn_output: 'Q3_K', ffn_down: 'Q3_K' },
  },
  Q3_K_S: { fileType: 11, type: 'Q3_K', output: 'Q6_K' },
  Q3_K_M: {
    fileType: 12,
    type: 'Q3_K',
    output: 'Q6_K',
    matrices: {
      attn_v: first(() => 2, ['Q5_K', 'Q4_K']),
      attn_output: 'Q4_K',
      ffn_down: first((layers) => Math.floor(layers / 16), ['Q5_K', 'Q4_K']),
    },
  },
  Q3_K_L: {
    fileType: 13,
    type: 'Q3_K',
    output: 'Q6_K',
    matrices: { attn_v: 'Q5_K', attn_output: 'Q5_K', ffn_down: 'Q5_K' },
  },
  Q4_K_S: {
    fileType: 14,
    type: 'Q4_K',
    output: 'Q6_K',
    matrices: {
      attn_v: first(() => 4, ['Q5_K', 'Q4_K']),
      ffn_down: first((layers) => Math.floor(layers / 8), ['Q5_K', 'Q4_K']),
    },
  },
  Q4_K_M: {
    fileType: 15,
    type: 'Q4_K',
    output: 'Q6_K',
    matrices: { attn_v: more('Q4_K'), ffn_down: more('Q4_K') },
  },
  Q5_K_S: { fileType: 16, type: 'Q5_K', output: 'Q6_K' },
  Q5_K_M: {
    fileType: 17,
    type: 'Q5_K',
    output: 'Q6_K',
    matrices: { attn_v: more('Q5_K'), ffn_down: more('Q5_K') },
  },
  Q6_K: { fileType: 18, type: 'Q6_K' },
}

/** Every quantisation there is. */
export const quantisations = Object.keys(mixes) as readonly Quantisation[]

/**
 * The mix of that name, as a dense model with grouped queries gets it without an importance matrix.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/src/llama-quant.cpp
 */
export function mixOf(quantisation: Quantisation): Mix {
  return mixes[quantisation]
}

/** The type of one matrix of a layer. */
export function matrixType(
  { type, matrices = {} }: Mix,
  {
    name,
    layer,
    layers,
  }: { readonly name: string; readonly layer: number; readonly layers: number },
): TensorType {
  const choice = Object.entries(matrices).find(([mixed]) => mixed === name)?.[1] ?? type
  return typeof choice === 'string' ? choice : choice(layer, layers)
}
