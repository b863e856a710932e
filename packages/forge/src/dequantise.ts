import { fromHalf } from './half.ts'
import type { TensorType } from './tensor-types.ts'

/** Fills `values` from exactly as many bytes as they take. */
type Dequantiser = (bytes: Uint8Array, values: Float32Array) => void

/** The types that weights can be read from. */
export const dequantisers: Readonly<Partial<Record<TensorType, Dequantiser>>> = {
  F32: (bytes, values) =>
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).set(bytes),
  F16: (bytes, values) => {
    for (let index = 0; index < values.length; index++) values[index] = half(bytes, 2 * index)
  },
  BF16: (bytes, values) => {
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
    for (let index = 0; index < values.length; index++)
      words[index] = ((bytes[2 * index] ?? 0) << 16) | ((bytes[2 * index + 1] ?? 0) << 24)
  },
  Q8_0: (bytes, values) => {
    for (let from = 0, at = 0; from < values.length; from += 32, at += 34) {
      const scale = half(bytes, at)
      for (let index = 0; index < 32; index++)
        values[from + index] = scale * (((bytes[at + 2 + index] ?? 0) << 24) >> 24)
    }
  },
  Q4_0: (bytes, values) => {
    for (let from = 0, at = 0; from < values.length; from += 32, at += 18) {
      const scale = half(bytes, at)
      for (let index = 0; index < 16; index++) {
        const pair = bytes[at + 2 + index] ?? 0
        values[from + index] = scale * ((pair & 15) - 8)
        values[from + index + 16] = scale * ((pair >> 4) - 8)
      }
    }
  },
}

function half(bytes: Uint8Array, at: number): number {
  return fromHalf((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8))
}
