import type { ByteSource, OnnxTensor } from '@nano/onnx-graph'
import type { TensorRows } from '../../decoder/weight-lookup.ts'
import { toHalf } from '../../tensors/half.ts'
import { findExtreme } from '../../tensors/quantize.ts'
import { randomBits } from '../../tensors/random-bits.ts'

/** Weights that share a scale. It has to be a power of two from 16. */
export const blockSize = 32

/** Mean of the squares of -8 to 7. */
const meanSquare = 21.5

interface FourBitOptions {
  readonly name: string
  readonly columns: number
  readonly rows: number
  readonly type: 'float32' | 'float16'
  /** Whether a block has a zero point of its own. Without, it is 8. */
  readonly hasZeroPoints: boolean
  readonly weights:
    | TensorRows
    | { readonly type: 'random'; readonly seed: number; readonly deviation: number }
}

/**
 * The constants of a MatMulNBits: quants `[rows, blocks, 16]`, the even weight of each pair in the
 * low bits; scales `[rows × blocks]`; zero points two to a byte, with padding in each row.
 * @see https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
 */
export function fourBitTensors(options: FourBitOptions): readonly OnnxTensor[] {
  const { name, columns, rows, type, hasZeroPoints, weights } = options
  const blocks = columns / blockSize
  const sources =
    'row' in weights
      ? quantizedSources({ ...options, weights })
      : randomSources({ ...options, weights })
  const quants: OnnxTensor = {
    name: `${name}_Q4`,
    type: 'uint8',
    dimensions: [rows, blocks, blockSize / 2],
    bytes: sources.quants,
  }
  const scales: OnnxTensor = {
    name: `${name}_scales`,
    type,
    dimensions: [rows * blocks],
    bytes: sources.scales,
  }
  const zeros: OnnxTensor = {
    name: `${name}_zero_points`,
    type: 'uint8',
    dimensions: [rows * Math.ceil(blocks / 2)],
    bytes: sources.zeros,
  }
  return hasZeroPoints ? [quants, scales, zeros] : [quants, scales]
}

interface FourBitSources {
  readonly quants: ByteSource
  readonly scales: ByteSource
  readonly zeros: ByteSource
}

type RandomOptions = FourBitOptions & {
  readonly weights: { readonly seed: number; readonly deviation: number }
}

function randomSources({
  name,
  type,
  hasZeroPoints,
  weights: { seed, deviation },
}: RandomOptions): FourBitSources {
  const step = deviation / Math.sqrt(meanSquare)
  const beginBits =
    (suffix: string): ByteSource['begin'] =>
    () => {
      const fillBits = randomBits(seed, `${name}${suffix}`)
      return (bytes) =>
        fillBits(new Uint32Array(bytes.buffer, bytes.byteOffset, Math.ceil(bytes.byteLength / 4)))
    }
  return {
    quants: { unit: 4, begin: beginBits('') },
    scales: {
      unit: type === 'float32' ? 4 : 2,
      begin: () => {
        const fillBits = beginBits('_scales')()
        return (bytes) => {
          fillBits(bytes)
          setScales(bytes, { type, step, hasRandomSign: !hasZeroPoints })
        }
      },
    },
    zeros: {
      unit: 4,
      begin: () => {
        const fillBits = beginBits('_zero_points')()
        return (bytes) => {
          fillBits(bytes)
          for (let index = 0; index < bytes.length; index++)
            bytes[index] = 0x77 + ((bytes[index] ?? 0) & 0x11)
        }
      },
    },
  }
}

interface ScaleOptions {
  readonly type: 'float32' | 'float16'
  readonly step: number
  readonly hasRandomSign: boolean
}

/**
 * Turns random bits into scales. Quants reach one step further below zero than above; a random sign
 * of the scale balances that, or a random zero point does.
 */
function setScales(bytes: Uint8Array, { type, step, hasRandomSign }: ScaleOptions): void {
  const { buffer, byteOffset, byteLength } = bytes
  const [scales, magnitude, sign] =
    type === 'float32'
      ? [
          new Uint32Array(buffer, byteOffset, byteLength / 4),
          new Uint32Array(Float32Array.of(step).buffer)[0] ?? 0,
          2 ** 31,
        ]
      : [new Uint16Array(buffer, byteOffset, byteLength / 2), toHalf(step), 2 ** 15]
  const signMask = hasRandomSign ? sign : 0
  for (let index = 0; index < scales.length; index++)
    scales[index] = ((scales[index] ?? 0) & signMask) | magnitude
}

function quantizedSources({
  columns,
  type,
  hasZeroPoints,
  weights: { row },
}: FourBitOptions & { readonly weights: TensorRows }): FourBitSources {
  const blocks = columns / blockSize
  const chooseRounding = hasZeroPoints ? roundAroundZero : roundSymmetrically
  return {
    quants: rowSource(row, columns / 2, (values, bytes) => {
      for (let start = 0; start < columns; start += blockSize) {
        const { scale, zero } = chooseRounding(values, start)
        const inverse = scale === 0 ? 0 : 1 / scale
        const quantize = (index: number) =>
          Math.max(0, Math.min(15, Math.round((values[index] ?? 0) * inverse + zero)))
        for (let index = start; index < start + blockSize; index += 2)
          bytes[index / 2] = quantize(index) | (quantize(index + 1) << 4)
      }
    }),
    scales: rowSource(row, blocks * (type === 'float32' ? 4 : 2), (values, bytes) => {
      const { buffer, byteOffset } = bytes
      const scales =
        type === 'float32'
          ? new Float32Array(buffer, byteOffset, blocks)
          : new Uint16Array(buffer, byteOffset, blocks)
      for (let block = 0; block < blocks; block++) {
        const { scale } = chooseRounding(values, block * blockSize)
        scales[block] = type === 'float32' ? scale : toHalf(scale)
      }
    }),
    zeros: rowSource(row, Math.ceil(blocks / 2), (values, bytes) => {
      const zeroOf = (block: number) =>
        block < blocks ? chooseRounding(values, block * blockSize).zero : 8
      for (let index = 0; index < bytes.length; index++)
        bytes[index] = zeroOf(2 * index) | (zeroOf(2 * index + 1) << 4)
    }),
  }
}

/** Creates a source of bytes that are written row by row. */
function rowSource(
  row: TensorRows['row'],
  rowSize: number,
  writeRow: (values: Float32Array, bytes: Uint8Array) => void,
): ByteSource {
  return {
    unit: rowSize,
    begin: () => {
      let index = 0
      return (bytes) => {
        for (let start = 0; start < bytes.length; start += rowSize)
          writeRow(row(index++), bytes.subarray(start, start + rowSize))
      }
    },
  }
}

/** How the weights of a block are rounded. */
interface Rounding {
  readonly scale: number
  readonly zero: number
}

/** Maps the weight of the largest magnitude, with its sign, to -8. */
function roundSymmetrically(values: Float32Array, start: number): Rounding {
  return { scale: Math.fround(findExtreme(values, start, blockSize) / -8), zero: 8 }
}

/** Maps the lowest and the highest weight, or zero, to 0 and 15. */
function roundAroundZero(values: Float32Array, start: number): Rounding {
  let [lowest, highest] = [0, 0]
  for (let index = start; index < start + blockSize; index++) {
    lowest = Math.min(lowest, values[index] ?? 0)
    highest = Math.max(highest, values[index] ?? 0)
  }
  const scale = Math.fround((highest - lowest) / 15)
  return { scale, zero: scale === 0 ? 8 : Math.round(-lowest / scale) }
}
