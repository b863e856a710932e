import { NanoError } from '@nano/core'
import type { Weights } from '../gguf.ts'
import type { Shape } from '../shapes.ts'

/** A tensor to copy: rows of a matrix, or a vector as its only row. */
export interface GivenTensor {
  /** In ggml's order: the length of a row first, then how many rows. */
  readonly dimensions: readonly number[]
  /** The array may be the same each time. */
  readonly row: (index: number) => Float32Array
}

/** Finds a tensor by its name in a GGUF file. */
export type GivenWeights = (name: string) => GivenTensor | undefined

/** Floats gathered at once when a matrix is turned: 64 MB. */
const stripSize = 16 * 2 ** 20

/**
 * Where the tensor comes from: copied where weights are given, random where not. Throws `bad-model`
 * when one is missing or has another size.
 */
export function tensorFrom(
  given: GivenWeights | undefined,
  name: string,
  dimensions: readonly number[],
): GivenTensor | undefined {
  if (!given) return undefined
  const tensor = given(name)
  const wanted = dimensions.join(' × ')
  if (!tensor)
    throw new NanoError(
      'bad-model',
      `forge: the weights have no tensor ${name}. Give all of a decoder of that shape.`,
    )
  if (tensor.dimensions.join(' × ') !== wanted)
    throw new NanoError(
      'bad-model',
      `forge: tensor ${name} is ${tensor.dimensions.join(' × ')}, and the shape needs ${wanted}. Give the shape of these weights.`,
    )
  return tensor
}

/** A vector as it is. */
export function vectorOf({ row }: GivenTensor): Weights {
  return { type: 'rows', row }
}

/**
 * Columns as rows: MatMul has the inputs of a layer first. The matrix is read once per strip of
 * columns.
 */
export function turned({ dimensions: [columns = 0, rows = 0], row }: GivenTensor): Weights {
  const width = Math.max(1, Math.min(columns, Math.floor(stripSize / rows)))
  let strip: Float32Array | undefined
  let first = -1
  return {
    type: 'rows',
    row: (column) => {
      const start = column - (column % width)
      strip ??= new Float32Array(width * rows)
      if (start !== first)
        gather(strip, row, { start, width: Math.min(width, columns - start), rows })
      first = start
      return strip.subarray((column - start) * rows, (column - start + 1) * rows)
    },
  }
}

function gather(
  strip: Float32Array,
  row: GivenTensor['row'],
  { start, width, rows }: { readonly start: number; readonly width: number; readonly rows: number },
): void {
  for (let index = 0; index < rows; index++) {
    const values = row(index)
    for (let column = 0; column < width; column++)
      strip[column * rows + index] = values[start + column] ?? 0
  }
}

/**
 * Rows of queries or keys so that a pair that turns together is half a head apart, as ONNX exports
 * have them. llama.cpp's converter puts the pair side by side for the graph `llama`, and only
 * there.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/convert_hf_to_gguf.py
 */
export function halvesApart(
  { dimensions, row }: GivenTensor,
  { architecture, headSize }: Shape,
): GivenTensor {
  if (architecture !== 'llama') return { dimensions, row }
  const half = headSize / 2
  return {
    dimensions,
    row: (index) => {
      const within = index % headSize
      return row(index - within + 2 * (within % half) + Math.floor(within / half))
    },
  }
}
