import type { ByteSource, OnnxTensor } from '@nano/onnx-graph'
import { toHalf } from '../half.ts'
import { randomBits } from '../random-bits.ts'
import type { GivenTensor } from './given-weights.ts'

/** Weights that share a scale; a power of two from 16. */
export const blockSize = 32

/** Mean square of -8 to 7. */
const meanSquare = 21.5

interface FourBits {
  readonly name: string
  readonly columns: number
  readonly rows: number
  readonly type: 'float32' | 'float16'
  /** Left out, a block's zero is 8. */
  readonly zeroPoints: boolean
  readonly weights:
    | GivenTensor
    | { readonly type: 'random'; readonly seed: number; readonly deviation: number }
}

/** How a block is rounded. */
interface Block {
  readonly scale: number
  readonly zero: number
}

/**
 * The constants of a MatMulNBits: quants `[rows, blocks, 16]`, the even weight of each pair in the
 * low bits; scales `[rows × blocks]`; zero points two to a byte, each row padded.
 * @see https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits
 */
export function fourBits(options: FourBits): readonly OnnxTensor[] {
  const { name, columns, rows, type, zeroPoints } = options
  const blocks = columns / blockSize
  const sources =
    'row' in options.weights
      ? given({ ...options, weights: options.weights })
      : random({ ...options, weights: options.weights })
  return [
    {
      name: `${name}_Q4`,
      type: 'uint8',
      dimensions: [rows, blocks, blockSize / 2],
      bytes: sources.quants,
    },
    { name: `${name}_scales`, type, dimensions: [rows * blocks], bytes: sources.scales },
    ...(zeroPoints
      ? [
          {
            name: `${name}_zero_points`,
            type: 'uint8',
            dimensions: [rows * Math.ceil(blocks / 2)],
            bytes: sources.zeros,
          } as const,
        ]
      : []),
  ]
}

interface Sources {
  readonly quants: ByteSource
  readonly scales: ByteSource
  readonly zeros: ByteSource
}

function random({
  name,
  type,
  zeroPoints,
  weights: { seed, deviation },
}: FourBits & {
  readonly weights: { readonly seed: number; readonly deviation: number }
}): Sources {
  const step = deviation / Math.sqrt(meanSquare)
  const random =
    (part: string): ByteSource['begin'] =>
    () => {
      const bits = randomBits(seed, `${name}${part}`)
      return (bytes) =>
        bits(new Uint32Array(bytes.buffer, bytes.byteOffset, Math.ceil(bytes.byteLength / 4)))
    }
  return {
    quants: { unit: 4, begin: random('') },
    scales: {
      unit: type === 'float32' ? 4 : 2,
      begin: () => {
        const fill = random('_scales')()
        return (bytes) => {
          fill(bytes)
          // Quants reach one step further below zero than above: a random sign of the scale makes
          // up for it, or a random zero point does.
          const values =
            type === 'float32'
              ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
              : new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
          const [size, sign] =
            type === 'float32'
              ? [new Uint32Array(Float32Array.of(step).buffer)[0] ?? 0, 2 ** 31]
              : [toHalf(step), 2 ** 15]
          const kept = zeroPoints ? 0 : sign
          for (let index = 0; index < values.length; index++)
            values[index] = ((values[index] ?? 0) & kept) | size
        }
      },
    },
    zeros: {
      unit: 4,
      begin: () => {
        const fill = random('_zero_points')()
        return (bytes) => {
          fill(bytes)
          for (let index = 0; index < bytes.length; index++)
            bytes[index] = 0x77 + ((bytes[index] ?? 0) & 0x11)
        }
      },
    },
  }
}

function given({
  columns,
  type,
  zeroPoints,
  weights: { row },
}: FourBits & { readonly weights: GivenTensor }): Sources {
  const blocks = columns / blockSize
  const blockOf = zeroPoints ? aroundZero : symmetric
  const byRow = (
    unit: number,
    write: (values: Float32Array, bytes: Uint8Array) => void,
  ): ByteSource => ({
    unit,
    begin: () => {
      let index = 0
      return (bytes) => {
        for (let at = 0; at < bytes.length; at += unit)
          write(row(index++), bytes.subarray(at, at + unit))
      }
    },
  })
  return {
    quants: byRow(columns / 2, (values, bytes) => {
      for (let from = 0; from < columns; from += blockSize) {
        const { scale, zero } = blockOf(values, from)
        const inverse = scale === 0 ? 0 : 1 / scale
        const quant = (index: number) =>
          Math.max(0, Math.min(15, Math.round((values[index] ?? 0) * inverse + zero)))
        for (let index = from; index < from + blockSize; index += 2)
          bytes[index / 2] = quant(index) | (quant(index + 1) << 4)
      }
    }),
    scales: byRow(blocks * (type === 'float32' ? 4 : 2), (values, bytes) => {
      const out =
        type === 'float32'
          ? new Float32Array(bytes.buffer, bytes.byteOffset, blocks)
          : new Uint16Array(bytes.buffer, bytes.byteOffset, blocks)
      for (let block = 0; block < blocks; block++) {
        const { scale } = blockOf(values, block * blockSize)
        out[block] = type === 'float32' ? scale : toHalf(scale)
      }
    }),
    zeros: byRow(Math.ceil(blocks / 2), (values, bytes) => {
      for (let index = 0; index < bytes.length; index++) {
        const [low, high] = [2 * index, 2 * index + 1].map((block) =>
          block < blocks ? blockOf(values, block * blockSize).zero : 8,
        )
        bytes[index] = (low ?? 8) | ((high ?? 8) << 4)
      }
    }),
  }
}

/** The weight of the largest magnitude, with its sign, lands on -8. */
function symmetric(values: Float32Array, from: number): Block {
  let extreme = 0
  for (let index = from; index < from + blockSize; index++) {
    const value = values[index] ?? 0
    if (Math.abs(value) > Math.abs(extreme)) extreme = value
  }
  return { scale: Math.fround(extreme / -8), zero: 8 }
}

/** The least and the largest weight, or zero, land on 0 and 15. */
function aroundZero(values: Float32Array, from: number): Block {
  let [least, largest] = [0, 0]
  for (let index = from; index < from + blockSize; index++) {
    least = Math.min(least, values[index] ?? 0)
    largest = Math.max(largest, values[index] ?? 0)
  }
  const scale = Math.fround((largest - least) / 15)
  return { scale, zero: scale === 0 ? 8 : Math.round(-least / scale) }
}
