import { NanoError } from '@nano/core'
import type { Shape } from '../../decoder/shape.ts'
import type { TensorRows, WeightLookup } from '../../decoder/weight-lookup.ts'
import type { Weights } from '../../tensors/weights.ts'

/** Floats that are collected at once when a matrix is transposed: 64 MB. */
const stripSize = 16 * 2 ** 20

/**
 * Looks a tensor up. Returns nothing without a lookup: the weights are random then. Throws
 * `bad-model` for a tensor that is missing or has another size.
 */
export function lookUpTensor(
  lookup: WeightLookup | undefined,
  name: string,
  dimensions: readonly number[],
): TensorRows | undefined {
  if (!lookup) return undefined
  const tensor = lookup(name)
  if (!tensor)
    throw new NanoError(
      'bad-model',
      `forge: the weights have no tensor ${name}. Give all tensors of a decoder of that shape.`,
    )
  const [actual, expected] = [tensor.dimensions.join(' × '), dimensions.join(' × ')]
  if (actual !== expected)
    throw new NanoError(
      'bad-model',
      `forge: tensor ${name} is ${actual}, and the shape needs ${expected}. ` +
        'Give the shape of these weights.',
    )
  return tensor
}

/** Takes rows as they are. */
export function rowWeights({ row }: TensorRows): Weights {
  return { type: 'rows', row }
}

/**
 * Takes columns as rows, because MatMul has the inputs of a layer first. The matrix is read once
 * per strip of columns.
 */
export function transpose({ dimensions: [columns = 0, rows = 0], row }: TensorRows): Weights {
  const width = Math.max(1, Math.min(columns, Math.floor(stripSize / rows)))
  let strip: Float32Array | undefined
  let stripStart = -1
  return {
    type: 'rows',
    row: (column) => {
      const start = column - (column % width)
      strip ??= new Float32Array(width * rows)
      if (start !== stripStart)
        fillStrip(strip, row, { start, width: Math.min(width, columns - start), rows })
      stripStart = start
      return strip.subarray((column - start) * rows, (column - start + 1) * rows)
    },
  }
}

function fillStrip(
  strip: Float32Array,
  row: TensorRows['row'],
  { start, width, rows }: { readonly start: number; readonly width: number; readonly rows: number },
): void {
  for (let index = 0; index < rows; index++) {
    const values = row(index)
    for (let column = 0; column < width; column++)
      strip[column * rows + index] = values[start + column] ?? 0
  }
}

/**
 * Reorders rows of queries or keys so that a pair that rotates together is half a head apart, as in
 * ONNX exports. llama.cpp's converter puts the pair side by side for the graph `llama` only.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/convert_hf_to_gguf.py
 */
export function splitRotaryPairs(
  { dimensions, row }: TensorRows,
  { architecture, headSize }: Shape,
): TensorRows {
  if (architecture !== 'llama') return { dimensions, row }
  const half = headSize / 2
  return {
    dimensions,
    row: (index) => {
      const indexInHead = index % headSize
      const pair = indexInHead % half
      return row(index - indexInHead + 2 * pair + Math.floor(indexInHead / half))
    },
  }
}
