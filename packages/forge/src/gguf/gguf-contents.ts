import type { GgufTensor } from '../tensors/gguf-tensor.ts'

/**
 * A value of a file's metadata. A bare number is not one, because GGUF has many kinds of numbers;
 * the kind of an array is its own.
 */
export type GgufValue =
  | string
  | boolean
  | readonly string[]
  | Int32Array
  | Uint32Array
  | Float32Array
  | { readonly type: 'uint16' | 'uint32' | 'int32' | 'float32'; readonly value: number }
  | { readonly type: 'uint64'; readonly value: bigint }

/** The contents of a file. `transformer`, `successor` and `lora` create them. */
export interface GgufContents {
  readonly metadata: Readonly<Record<string, GgufValue>>
  readonly tensors: readonly GgufTensor[]
}

/** A value that is an unsigned 32-bit integer, as counts and sizes are. */
export function uint32(value: number): GgufValue {
  return { type: 'uint32', value }
}

/** A value that is a 32-bit float. */
export function float32(value: number): GgufValue {
  return { type: 'float32', value }
}
