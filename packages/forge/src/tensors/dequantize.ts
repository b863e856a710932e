import { fromFloat16 } from '@nano/onnx-graph'
import type { TensorType } from './tensor-types.ts'

/** Reads the weights of a row from exactly as many bytes as it takes. */
type Dequantizer = (bytes: Uint8Array, row: Float32Array) => void

/** The types that weights can be read from. */
export const dequantizers: Readonly<Partial<Record<TensorType, Dequantizer>>> = {
  F32: (bytes, row) => new Uint8Array(row.buffer, row.byteOffset, row.byteLength).set(bytes),
  F16: (bytes, row) => {
    for (let index = 0; index < row.length; index++) row[index] = readHalf(bytes, 2 * index)
  },
  BF16: (bytes, row) => {
    const words = new Uint32Array(row.buffer, row.byteOffset, row.length)
    for (let index = 0; index < row.length; index++)
      words[index] = ((bytes[2 * index] ?? 0) << 16) | ((bytes[2 * index + 1] ?? 0) << 24)
  },
  Q8_0: (bytes, row) => {
    for (let from = 0, at = 0; from < row.length; from += 32, at += 34) {
      const scale = readHalf(bytes, at)
      for (let index = 0; index < 32; index++)
        row[from + index] = scale * (((bytes[at + 2 + index] ?? 0) << 24) >> 24)
    }
  },
  Q4_0: (bytes, row) => {
    for (let from = 0, at = 0; from < row.length; from += 32, at += 18) {
      const scale = readHalf(bytes, at)
      for (let index = 0; index < 16; index++) {
        const pair = bytes[at + 2 + index] ?? 0
        row[from + index] = scale * ((pair & 15) - 8)
        row[from + index + 16] = scale * ((pair >> 4) - 8)
      }
    }
  },
}

function readHalf(bytes: Uint8Array, offset: number): number {
  return fromFloat16((bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8))
}
