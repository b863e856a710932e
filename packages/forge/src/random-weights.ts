import { toBfloat, toHalf } from './half.ts'
import { randomBits } from './random-bits.ts'
import { tensorTypes, type TensorType } from './tensor-types.ts'

/**
 * Turns random bytes into random weights, in place. The bytes are whole blocks and begin at a
 * multiple of four.
 */
type Shaper = (bytes: Uint8Array) => void

/**
 * Where a block keeps what is not a quant. Every sub-block has scale 1, so that `scale` alone
 * decides.
 */
interface Layout {
  /** Mean square of the quants. */
  readonly square: number
  /**
   * Offset of the half-precision scale. Without `shift`, its sign is random: these quants reach one
   * step further below zero than above.
   */
  readonly scale: number
  /**
   * Offset of the half-precision shift, and how many scales it is: added by Q4_1 and Q5_1,
   * subtracted by K-quants.
   */
  readonly shift?: { readonly at: number; readonly scales: number }
  /** Scales of the sub-blocks. */
  readonly fixed?: { readonly at: number; readonly bytes: readonly number[] }
}

/** 6-bit scales and minima of 8 sub-blocks, all 1. */
const packed = { at: 4, bytes: [...times(8, 0x01), ...times(4, 0x11)] }

const layouts: Readonly<Record<Exclude<TensorType, 'F32' | 'F16' | 'BF16'>, Layout>> = {
  Q4_0: { square: meanSquare(-8, 7), scale: 0 },
  Q4_1: { square: meanSquare(-7.5, 7.5), scale: 0, shift: { at: 2, scales: -7.5 } },
  Q5_0: { square: meanSquare(-16, 15), scale: 0 },
  Q5_1: { square: meanSquare(-15.5, 15.5), scale: 0, shift: { at: 2, scales: -15.5 } },
  Q8_0: { square: meanSquare(-128, 127), scale: 0 },
  Q2_K: {
    square: meanSquare(-1.5, 1.5),
    scale: 80,
    shift: { at: 82, scales: 1.5 },
    fixed: { at: 0, bytes: times(16, 0x11) },
  },
  // Scales are kept 32 higher: 33 is the low half 1, the high half 2.
  Q3_K: {
    square: meanSquare(-4, 3),
    scale: 108,
    fixed: { at: 96, bytes: [...times(8, 0x11), ...times(4, 0xaa)] },
  },
  Q4_K: { square: meanSquare(-7.5, 7.5), scale: 0, shift: { at: 2, scales: 7.5 }, fixed: packed },
  Q5_K: {
    square: meanSquare(-15.5, 15.5),
    scale: 0,
    shift: { at: 2, scales: 15.5 },
    fixed: packed,
  },
  Q6_K: { square: meanSquare(-32, 31), scale: 208, fixed: { at: 192, bytes: times(16, 0x01) } },
}

/**
 * Fills whole blocks with uniformly distributed weights of that standard deviation and mean zero;
 * each call goes on where the last ended.
 */
export function randomWeights({
  type,
  name,
  seed,
  deviation,
}: {
  readonly type: TensorType
  readonly name: string
  readonly seed: number
  readonly deviation: number
}): (bytes: Uint8Array) => void {
  const bits = randomBits(seed, name)
  const shape = shaper(type, deviation)
  return (bytes) => {
    // The buffer is a multiple of four bytes, the chunk need not be.
    bits(new Uint32Array(bytes.buffer, bytes.byteOffset, Math.ceil(bytes.byteLength / 4)))
    shape(bytes)
  }
}

function shaper(type: TensorType, deviation: number): Shaper {
  const widest = deviation * Math.sqrt(3)
  if (type === 'F32') return floats(widest)
  if (type === 'F16') return sixteenBits(widest, toHalf)
  if (type === 'BF16') return sixteenBits(widest, toBfloat)
  return blocks(layouts[type], tensorTypes[type].bytes, deviation)
}

function floats(widest: number): Shaper {
  return (bytes) => {
    const from = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
    const to = new Float32Array(from.buffer, from.byteOffset, from.length)
    for (let index = 0; index < from.length; index++)
      to[index] = (from[index] ?? 0) * (widest / 2 ** 31)
  }
}

/** By table, since rounding each would take longer than the disk. */
function sixteenBits(widest: number, round: (value: number) => number): Shaper {
  const table = Uint16Array.from({ length: 65_536 }, (_, index) =>
    round(((index + 0.5) / 32_768 - 1) * widest),
  )
  return (bytes) => {
    const values = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
    for (let index = 0; index < values.length; index++)
      values[index] = table[values[index] ?? 0] ?? 0
  }
}

function blocks({ square, scale, shift, fixed }: Layout, size: number, deviation: number): Shaper {
  const step = deviation / Math.sqrt(square)
  const half = toHalf(step)
  const [shiftAt, shiftHalf] = shift ? [shift.at, toHalf(step * shift.scales)] : [-1, 0]
  const [fixedAt, fixedBytes] = fixed ? [fixed.at, fixed.bytes] : [0, []]
  // A random sign bit is kept where there is no shift to balance the quants.
  const kept = shift ? 0 : 0x80

  return (bytes) => {
    for (let at = 0; at < bytes.length; at += size) {
      bytes[at + scale] = half & 0xff
      bytes[at + scale + 1] = ((bytes[at + scale + 1] ?? 0) & kept) | (half >>> 8)
      if (shiftAt >= 0) {
        bytes[at + shiftAt] = shiftHalf & 0xff
        bytes[at + shiftAt + 1] = shiftHalf >>> 8
      }
      for (let index = 0; index < fixedBytes.length; index++)
        bytes[at + fixedAt + index] = fixedBytes[index] ?? 0
    }
  }
}

/** Of every step of one from `low` to `high`. */
function meanSquare(low: number, high: number): number {
  let sum = 0
  for (let value = low; value <= high; value++) sum += value * value
  return sum / (high - low + 1)
}

function times(count: number, value: number): number[] {
  return Array.from({ length: count }, () => value)
}
