import { toBfloat, toHalf } from './half.ts'
import type { TensorType } from './tensor-types.ts'

/** Writes a row's weights over `bytes`, which are exactly as many as it takes. */
type Quantiser = (row: Float32Array, bytes: Uint8Array) => void

/**
 * The types that given weights can be written in; rounded as ggml's reference code rounds, save
 * where said.
 */
export const quantisers: Readonly<Partial<Record<TensorType, Quantiser>>> = {
  F32: (row, bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, row.length).set(row),
  F16: sixteenBits(toHalf),
  BF16: sixteenBits(toBfloat),
  Q8_0: q8,
  Q4_0: q4,
  Q6_K: q6k,
}

function sixteenBits(round: (value: number) => number): Quantiser {
  return (row, bytes) => {
    const values = new Uint16Array(bytes.buffer, bytes.byteOffset, row.length)
    for (let index = 0; index < row.length; index++) values[index] = round(row[index] ?? 0)
  }
}

/** The largest magnitude lands on 127; halves are rounded away from zero. */
function q8(row: Float32Array, bytes: Uint8Array): void {
  for (let from = 0, at = 0; from < row.length; from += 32, at += 34) {
    const scale = Math.fround(Math.abs(extreme(row, from, 32)) / 127)
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale)
    setHalf(bytes, at, scale)
    for (let index = 0; index < 32; index++) {
      const scaled = Math.fround((row[from + index] ?? 0) * inverse)
      bytes[at + 2 + index] = scaled < 0 ? Math.ceil(scaled - 0.5) : Math.floor(scaled + 0.5)
    }
  }
}

/** The value of largest magnitude, with its sign, lands on -8. */
function q4(row: Float32Array, bytes: Uint8Array): void {
  for (let from = 0, at = 0; from < row.length; from += 32, at += 18) {
    const scale = Math.fround(extreme(row, from, 32) / -8)
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale)
    setHalf(bytes, at, scale)
    for (let index = 0; index < 16; index++) {
      const low = Math.trunc(Math.fround(Math.fround((row[from + index] ?? 0) * inverse) + 8.5))
      const high = Math.trunc(
        Math.fround(Math.fround((row[from + index + 16] ?? 0) * inverse) + 8.5),
      )
      bytes[at + 2 + index] = Math.min(15, low) | (Math.min(15, high) << 4)
    }
  }
}

/**
 * Each sub-block's extreme lands on -32. ggml then searches for a scale with a smaller error; this
 * does not.
 */
function q6k(row: Float32Array, bytes: Uint8Array): void {
  const scales = new Float32Array(16)
  for (let from = 0, at = 0; from < row.length; from += 256, at += 210) {
    for (let block = 0; block < 16; block++)
      scales[block] = extreme(row, from + 16 * block, 16) / -32
    const scale = extreme(scales, 0, 16) / -128
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
 * A super-block is two halves of 128; in each, four runs of 32 share 64 bytes of low nibbles and 32
 * bytes of high pairs.
 */
function setSixBits(
  values: Float32Array,
  bytes: Uint8Array,
  { block, step }: { readonly block: number; readonly step: number },
): void {
  const [half, run, place] = [block >> 3, (block >> 1) & 3, 16 * (block & 1)]
  const low = 64 * half + 32 * (run & 1) + place
  const high = 128 + 32 * half + place
  const inverse = step === 0 ? 0 : 1 / step
  for (let index = 0; index < 16; index++) {
    const quant = Math.max(-32, Math.min(31, Math.round((values[index] ?? 0) * inverse))) + 32
    bytes[low + index] = (bytes[low + index] ?? 0) | ((quant & 15) << (4 * (run >> 1)))
    bytes[high + index] = (bytes[high + index] ?? 0) | ((quant >> 4) << (2 * run))
  }
}

/** The first value of the largest magnitude. */
function extreme(values: Float32Array, from: number, count: number): number {
  let found = 0
  for (let index = from; index < from + count; index++) {
    const value = values[index] ?? 0
    if (Math.abs(value) > Math.abs(found)) found = value
  }
  return found
}

function setHalf(bytes: Uint8Array, at: number, value: number): void {
  const half = toHalf(value)
  bytes[at] = half & 0xff
  bytes[at + 1] = half >>> 8
}
