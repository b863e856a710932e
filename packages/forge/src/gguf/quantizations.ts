import type { MatrixName } from '../decoder/shape.ts'
import type { TensorType } from '../tensors/tensor-types.ts'

/**
 * A mix of types that llama.cpp's quantizer knows by this name. The name has the type of most
 * matrices; `_S`, `_M` or `_L` says how many of the others get more bits.
 */
export type Quantization =
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

/** The types of a file's matrices. */
interface QuantizationMix {
  /** The number of the mix in `general.file_type`. */
  readonly fileType: number
  readonly type: TensorType
  /** The type of the output matrix, which may be the embedding. */
  readonly output?: TensorType
  /** Types of matrices of a layer that differ, the same in each layer or by layer. */
  readonly matrices?: Readonly<
    Partial<Record<'attn_v' | 'attn_output' | 'ffn_down', TensorType | TypeByLayer>>
  >
}

type TypeByLayer = (layer: number, layers: number) => TensorType

/**
 * Finds the mix of that name. It is the one that llama.cpp writes for a dense model with grouped
 * queries, without an importance matrix.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/src/llama-quant.cpp
 */
export function findMix(quantization: Quantization): QuantizationMix {
  return mixes[quantization]
}

/** Finds the type of a matrix of a layer. */
export function findMatrixType(
  { type, matrices = {} }: QuantizationMix,
  {
    name,
    layer,
    layers,
  }: { readonly name: MatrixName; readonly layer: number; readonly layers: number },
): TensorType {
  const choice = Object.entries(matrices).find(([matrix]) => matrix === name)?.[1] ?? type
  return typeof choice === 'string' ? choice : choice(layer, layers)
}

/**
 * Gives `Q6_K` to the first eighth of the layers, the last eighth, and every third layer between.
 * The matrices with this type lose most by rounding.
 */
function increaseInEighths(type: TensorType): TypeByLayer {
  return (layer, layers) => {
    const eighth = Math.floor(layers / 8)
    return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2
      ? 'Q6_K'
      : type
  }
}

/** Gives the first of two types to that many layers, and the second to the others. */
function increaseInFirst(
  count: (layers: number) => number,
  types: readonly [TensorType, TensorType],
): TypeByLayer {
  return (layer, layers) => types[layer < count(layers) ? 0 : 1]
}

const mixes: Readonly<Record<Quantization, QuantizationMix>> = {
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
      attn_v: increaseInFirst(() => 2, ['Q5_K', 'Q4_K']),
      attn_output: 'Q4_K',
      ffn_down: increaseInFirst((layers) => Math.floor(layers / 16), ['Q5_K', 'Q4_K']),
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
      attn_v: increaseInFirst(() => 4, ['Q5_K', 'Q4_K']),
      ffn_down: increaseInFirst((layers) => Math.floor(layers / 8), ['Q5_K', 'Q4_K']),
    },
  },
  Q4_K_M: {
    fileType: 15,
    type: 'Q4_K',
    output: 'Q6_K',
    matrices: { attn_v: increaseInEighths('Q4_K'), ffn_down: increaseInEighths('Q4_K') },
  },
  Q5_K_S: { fileType: 16, type: 'Q5_K', output: 'Q6_K' },
  Q5_K_M: {
    fileType: 17,
    type: 'Q5_K',
    output: 'Q6_K',
    matrices: { attn_v: increaseInEighths('Q5_K'), ffn_down: increaseInEighths('Q5_K') },
  },
  Q6_K: { fileType: 18, type: 'Q6_K' },
}

/** Every quantization. */
export const quantizations = Object.keys(mixes) as readonly Quantization[]
