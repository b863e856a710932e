import { toBfloat, toHalf } from './half.ts'
import { randomBits } from './random-bits.ts'
import { tensorTypes, type TensorType } from './tensor-types.ts'

interface RandomWeightsOptions {
  readonly type: TensorType
  readonly name: string
  readonly seed: number
  readonly deviation: number
}

/**
 * Creates a function that fills whole blocks with weights that are distributed uniformly, with mean
 * zero and that standard deviation. Each call continues where the last one ended.
 */
export function randomWeights({
  type,
  name,
  seed,
  deviation,
}: RandomWeightsOptions): (bytes: Uint8Array) => void {
  const fillBits = randomBits(seed, name)
  const convert = bitsConverter(type, deviation)
  return (bytes) => {
    // The buffer is a multiple of four bytes, the chunk need not be.
    fillBits(new Uint32Array(bytes.buffer, bytes.byteOffset, Math.ceil(bytes.byteLength / 4)))
    convert(bytes)
  }
}

/**
 * Turns random bits into random weights, in place. The bytes are whole blocks and start at a
 * multiple of four.
 */
type BitsConverter = (bytes: Uint8Array) => void

function bitsConverter(type: TensorType, deviation: number): BitsConverter {
  const largest = deviation * Math.sqrt(3)
  if (type === 'F32') return toFloats(largest)
  if (type === 'F16') return toSixteenBits(largest, toHalf)
  if (type === 'BF16') return toSixteenBits(largest, toBfloat)
  return toBlocks(layouts[type], { size: tensorTypes[type].bytes, deviation })
}

function toFloats(largest: number): BitsConverter {
  return (bytes) => {
    const integers = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
    const floats = new Float32Array(integers.buffer, integers.byteOffset, integers.length)
    for (let index = 0; index < integers.length; index++)
      floats[index] = (integers[index] ?? 0) * (largest / 2 ** 31)
  }
}

/** Uses a table, because rounding each weight would take longer than the disk. */
function toSixteenBits(largest: number, round: (value: number) => number): BitsConverter {
  const table = Uint16Array.from({ length: 65_536 }, (_, index) =>
    round(((index + 0.5) / 32_768 - 1) * largest),
  )
  return (bytes) => {
    const values = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
    for (let index = 0; index < values.length; index++)
      values[index] = table[values[index] ?? 0] ?? 0
  }
}

function toBlocks(
  { meanSquare, scaleOffset, shift, subScales }: BlockLayout,
  { size, deviation }: { readonly size: number; readonly deviation: number },
): BitsConverter {
  const step = deviation / Math.sqrt(meanSquare)
  const scale = toHalf(step)
  const [shiftOffset, shiftValue] = shift ? [shift.offset, toHalf(step * shift.scales)] : [-1, 0]
  const [subScalesOffset, subScaleBytes] = subScales ? [subScales.offset, subScales.bytes] : [0, []]
  // The sign bit stays random where there is no shift to balance the quants.
  const signMask = shift ? 0 : 0x80

  return (bytes) => {
    for (let start = 0; start < bytes.length; start += size) {
      const high = start + scaleOffset + 1
      bytes[high - 1] = scale & 0xff
      bytes[high] = ((bytes[high] ?? 0) & signMask) | (scale >>> 8)
      if (shiftOffset >= 0) {
        bytes[start + shiftOffset] = shiftValue & 0xff
        bytes[start + shiftOffset + 1] = shiftValue >>> 8
      }
      for (let index = 0; index < subScaleBytes.length; index++)
        bytes[start + subScalesOffset + index] = subScaleBytes[index] ?? 0
    }
  }
}

/**
 * Where a block has what is not a quant. Every sub-block gets the scale 1, so that the scale of the
 * block alone decides.
 */
interface BlockLayout {
  /** Mean of the squares of all quants. */
  readonly meanSquare: number
  /**
   * Offset of the half-precision scale. Without `shift` its sign is random, because these quants
   * reach one step further below zero than above.
   */
  readonly scaleOffset: number
  /**
   * Offset of the half-precision shift, and how many scales it is. Q4_1 and Q5_1 add it, K-quants
   * subtract it.
   */
  readonly shift?: { readonly offset: number; readonly scales: number }
  /** Scales of the sub-blocks. */
  readonly subScales?: { readonly offset: number; readonly bytes: readonly number[] }
}

/** Scales and minima of 8 sub-blocks in 6 bits, all 1. */
const sixBitScales = { offset: 4, bytes: [...repeat(8, 0x01), ...repeat(4, 0x11)] }

const layouts: Readonly<Record<Exclude<TensorType, 'F32' | 'F16' | 'BF16'>, BlockLayout>> = {
  Q4_0: { meanSquare: meanSquareOf(-8, 7), scaleOffset: 0 },
  Q4_1: { meanSquare: meanSquareOf(-7.5, 7.5), scaleOffset: 0, shift: { offset: 2, scales: -7.5 } },
  Q5_0: { meanSquare: meanSquareOf(-16, 15), scaleOffset: 0 },
  Q5_1: {
    meanSquare: meanSquareOf(-15.5, 15.5),
    scaleOffset: 0,
    shift: { offset: 2, scales: -15.5 },
  },
  Q8_0: { meanSquare: meanSquareOf(-128, 127), scaleOffset: 0 },
  Q2_K: {
    meanSquare: meanSquareOf(-1.5, 1.5),
    scaleOffset: 80,
    shift: { offset: 82, scales: 1.5 },
    subScales: { offset: 0, bytes: repeat(16, 0x11) },
  },
  // Sub-scales are stored 32 higher: 33 is the low half 1, the high half 2.
  Q3_K: {
    meanSquare: meanSquareOf(-4, 3),
    scaleOffset: 108,
    subScales: { offset: 96, bytes: [...repeat(8, 0x11), ...repeat(4, 0xaa)] },
  },
  Q4_K: {
    meanSquare: meanSquareOf(-7.5, 7.5),
    scaleOffset: 0,
    shift: { offset: 2, scales: 7.5 },
    subScales: sixBitScales,
  },
  Q5_K: {
    meanSquare: meanSquareOf(-15.5, 15.5),
    scaleOffset: 0,
    shift: { offset: 2, scales: 15.5 },
    subScales: sixBitScales,
  },
  Q6_K: {
    meanSquare: meanSquareOf(-32, 31),
    scaleOffset: 208,
    subScales: { offset: 192, bytes: repeat(16, 0x01) },
  },
}

/** Computes the mean square of the numbers from `low` to `high` in steps of one. */
function meanSquareOf(low: number, high: number): number {
  let sum = 0
  for (let value = low; value <= high; value++) sum += value * value
  return sum / (high - low + 1)
}

function repeat(count: number, value: number): number[] {
  return Array.from({ length: count }, () => value)
}
