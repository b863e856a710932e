import { toBfloat, toHalf } from './half.ts'
import type { TensorType } from './tensor-types.ts'

/** Writes the weights of a row over `bytes`, which are exactly as many as the row takes. */
type Quantizer = (row: Float32Array, bytes: Uint8Array) => void

/**
 * The types in which weights other than random ones can be written. Each rounds as ggml's reference
 * code does, except `Q6_K`.
 */
export const quantizers: Readonly<Partial<Record<TensorType, Quantizer>>> = {
  F32: (row, bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, row.length).set(row),
  F16: sixteenBits(toHalf),
  BF16: sixteenBits(toBfloat),
  Q8_0: quantizeQ8_0,
  Q4_0: quantizeQ4_0,
  Q6_K: quantizeQ6_K,
}

/** Finds the first weight of the largest magnitude, with its sign. */
export function findExtreme(values: Float32Array, start: number, count: number): number {
  let extreme = 0
  for (let index = start; index < start + count; index++) {
    const value = values[index] ?? 0
    if (Math.abs(value) > Math.abs(extreme)) extreme = value
  }
  return extreme
}

function sixteenBits(round: (value: number) => number): Quantizer {
  return (row, bytes) => {
    const values = new Uint16Array(bytes.buffer, bytes.byteOffset, row.length)
    for (let index = 0; index < row.length; index++) values[index] = round(row[index] ?? 0)
  }
}

/** Maps the largest magnitude to 127. Halves are rounded away from zero. */
function quantizeQ8_0(row: Float32Array, bytes: Uint8Array): void {
  for (let from = 0, at = 0; from < row.length; from += 32, at += 34) {
    const scale = Math.fround(Math.abs(findExtreme(row, from, 32)) / 127)
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale)
    setHalf(bytes, at, scale)
    for (let index = 0; index < 32; index++) {
      const scaledValue = Math.fround((row[from + index] ?? 0) * inverse)
      bytes[at + 2 + index] =
        scaledValue < 0 ? Math.ceil(scaledValue - 0.5) : Math.floor(scaledValue + 0.5)
    }
  }
}

/** Maps the weight of the largest magnitude, with its sign, to -8. */
function quantizeQ4_0(row: Float32Array, bytes: Uint8Array): void {
  for (let from = 0, at = 0; from < row.length; from += 32, at += 18) {
    const scale = Math.fround(findExtreme(row, from, 32) / -8)
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale)
    setHalf(bytes, at, scale)
    const quantize = (index: number) =>
      Math.min(15, Math.trunc(Math.fround(Math.fround((row[index] ?? 0) * inverse) + 8.5)))
    for (let index = 0; index < 16; index++)
      bytes[at + 2 + index] = quantize(from + index) | (quantize(from + index + 16) << 4)
  }
}

/**
 * Maps the extreme of each sub-block to -32. ggml then searches for a scale with a smaller error;
 * this does not.
 */
function quantizeQ6_K(row: Float32Array, bytes: Uint8Array): void {
  const scales = new Float32Array(16)
  for (let from = 0, at = 0; from < row.length; from += 256, at += 210) {
    for (let block = 0; block < 16; block++)
      scales[block] = findExtreme(row, from + 16 * block, 16) / -32
    const scale = findExtreme(scales, 0, 16) / -128
    bytes.fill(0, at, at + 192)
    for (let block = 0; block < 16; block++) {
      const multiple = scale === 0 ? 0 : Math.min(127, Math.round((scales[block] ?? 0) / scale))
      bytes[at + 192 + block] = multiple
      setSixBits(
        row.subarray(from + 16 * block, from + 16 * block + 16),
        bytes.subarray(at, at + 192),
        { block, step: scale * multiple },
      )
    }
    setHalf(bytes, at + 208, scale)
  }
}

/**
 * Writes a sub-block of 16 weights. A block of Q6_K has two halves of 128 weights. Four runs of 32
 * weights in a half share 64 bytes of low nibbles and 32 bytes of high pairs of bits.
 */
function setSixBits(
  values: Float32Array,
  bytes: Uint8Array,
  { block, step }: { readonly block: number; readonly step: number },
): void {
  const [half, run, offset] = [block >> 3, (block >> 1) & 3, 16 * (block & 1)]
  const low = 64 * half + 32 * (run & 1) + offset
  const high = 128 + 32 * half + offset
  const inverse = step === 0 ? 0 : 1 / step
  for (let index = 0; index < 16; index++) {
    const quant = Math.max(-32, Math.min(31, Math.round((values[index] ?? 0) * inverse))) + 32
    bytes[low + index] = (bytes[low + index] ?? 0) | ((quant & 15) << (4 * (run >> 1)))
    bytes[high + index] = (bytes[high + index] ?? 0) | ((quant >> 4) << (2 * run))
  }
}

function setHalf(bytes: Uint8Array, offset: number, value: number): void {
  const half = toHalf(value)
  bytes[offset] = half & 0xff
  bytes[offset + 1] = half >>> 8
}
