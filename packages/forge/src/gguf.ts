import type { TensorType } from './tensor-types.ts'

/**
 * A value of a file's metadata. A bare number is not one, since GGUF keeps many kinds; an array's
 * kind is its own.
 */
export type GgufValue =
  | string
  | boolean
  | readonly string[]
  | Int32Array
  | Uint32Array
  | Float32Array
  | { readonly type: 'uint32' | 'int32' | 'float32'; readonly value: number }
  | { readonly type: 'uint64'; readonly value: bigint }

/** Where a tensor's weights come from. */
export type Weights =
  /**
   * Uniform, of mean zero and that standard deviation; drawn from the seed and the tensor's name.
   */
  | { readonly type: 'random'; readonly seed: number; readonly deviation: number }
  | { readonly type: 'zeros' }
  /** Row after row, in full precision; rounded to the tensor's type when written. */
  | { readonly type: 'given'; readonly values: Float32Array }
  /**
   * Asked for once per row, in order, when it is written; what is too large for memory. The array
   * may be the same each time.
   */
  | { readonly type: 'rows'; readonly row: (index: number) => Float32Array }

/** One tensor of a file. */
export interface GgufTensor {
  readonly name: string
  /** In ggml's order: the length of a row first, then how many rows. */
  readonly dimensions: readonly number[]
  readonly type: TensorType
  readonly weights: Weights
}

/** What a file holds: `transformer`, `successor` and `lora` give one, `writeGguf` writes it. */
export interface GgufContents {
  readonly metadata: Readonly<Record<string, GgufValue>>
  readonly tensors: readonly GgufTensor[]
}

/** A value kept as an unsigned 32-bit integer, as counts and sizes are. */
export function uint32(value: number): GgufValue {
  return { type: 'uint32', value }
}

/** A value kept as a 32-bit float. */
export function float32(value: number): GgufValue {
  return { type: 'float32', value }
}
