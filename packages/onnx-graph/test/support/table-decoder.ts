import { randomBits } from '../../../forge/src/tensors/random-bits.ts'
import type { OnnxGraph, OnnxTensor, OnnxType } from '../../src/index.ts'

type Rows = readonly (readonly number[])[]

interface TableDecoderOptions {
  /** Logits after each token, by its id. */
  readonly rows: Rows
  /** Logits after a first token. The graph then has a branch for that, as older exports do. */
  readonly firstRows?: Rows
  readonly idType?: 'int64' | 'int32'
  /** The logits go through a product that is quantized on the way, as in exports with 8 bits. */
  readonly isQuantized?: boolean
}

/**
 * A decoder that looks its logits up by the last token. Its cache holds the tokens that it has
 * read.
 */
export function tableDecoder({
  rows,
  firstRows,
  idType = 'int64',
  isQuantized = false,
}: TableDecoderOptions): OnnxGraph {
  const row = isQuantized ? 'row' : 'logits'
  const shape = constant('shape', 'int64', BigInt64Array.of(1n, 1n, -1n, 1n), [4])
  return {
    name: 'table',
    inputs: [
      { name: 'input_ids', type: idType, dimensions: ['batch_size', 'sequence_length'] },
      ...(firstRows ? [{ name: 'use_cache_branch', type: 'bool', dimensions: [1] } as const] : []),
      {
        name: 'past_key_values.0.key',
        type: 'float32',
        dimensions: ['batch_size', 1, 'past_sequence_length', 1],
      },
    ],
    outputs: [
      {
        name: 'logits',
        type: 'float32',
        dimensions: ['batch_size', 'sequence_length', rows[0]?.length ?? 0],
      },
      {
        name: 'present.0.key',
        type: 'float32',
        dimensions: ['batch_size', 1, 'total_sequence_length', 1],
      },
    ],
    nodes: [
      firstRows
        ? {
            operator: 'If',
            inputs: ['use_cache_branch'],
            outputs: ['logits'],
            attributes: {
              then_branch: { graph: lookUpBranch('later', 'rows') },
              else_branch: { graph: lookUpBranch('first', 'first_rows') },
            },
          }
        : { operator: 'Gather', inputs: ['rows', 'input_ids'], outputs: [row] },
      ...(isQuantized ? quantizedProduct : []),
      { operator: 'Cast', inputs: ['input_ids'], outputs: ['read'], attributes: { to: 1 } },
      { operator: 'Reshape', inputs: ['read', 'shape'], outputs: ['key'] },
      {
        operator: 'Concat',
        inputs: ['past_key_values.0.key', 'key'],
        outputs: ['present.0.key'],
        attributes: { axis: 2 },
      },
    ],
    tensors: [
      shape,
      matrix('rows', rows),
      ...(firstRows ? [matrix('first_rows', firstRows)] : []),
      ...(isQuantized ? [identity(rows[0]?.length ?? 0)] : []),
    ],
  }
}

/** Multiplies rows by the identity, in 8 bits: one scale for all positions. */
const quantizedProduct = [
  { operator: 'DynamicQuantizeLinear', inputs: ['row'], outputs: ['bytes', 'scale', 'zero'] },
  { operator: 'MatMulInteger', inputs: ['bytes', 'identity', 'zero'], outputs: ['product'] },
  { operator: 'Cast', inputs: ['product'], outputs: ['number'], attributes: { to: 1 } },
  { operator: 'Mul', inputs: ['number', 'scale'], outputs: ['logits'] },
] as const

function identity(width: number): OnnxTensor {
  const bytes = new Uint8Array(width * width)
  for (let index = 0; index < width; index++) bytes[index * (width + 1)] = 1
  return { name: 'identity', type: 'uint8', dimensions: [width, width], bytes }
}

/**
 * Random rows of logits, as many as columns. They are multiples of a quarter, so that many are
 * equal, and some are -Infinity.
 */
export function randomRows(count: number, seed: number): Rows {
  const spread = 24
  const bits = new Uint32Array(count * count)
  randomBits(seed, 'rows')(bits)
  return Array.from({ length: count }, (_, row) =>
    Array.from(bits.subarray(row * count, (row + 1) * count), (word) =>
      word % 17 === 0 ? -Infinity : ((word >>> 5) % (4 * spread)) / 4 - spread / 2,
    ),
  )
}

/** A branch whose output has the name of the output around it, as in optimum's merged decoders. */
function lookUpBranch(name: string, rows: string): OnnxGraph {
  return {
    name,
    inputs: [],
    outputs: [
      { name: 'logits', type: 'float32', dimensions: ['batch_size', 'sequence_length', 'width'] },
    ],
    nodes: [{ operator: 'Gather', inputs: [rows, 'input_ids'], outputs: ['logits'] }],
    tensors: [],
  }
}

function matrix(name: string, rows: Rows): OnnxTensor {
  return constant(name, 'float32', Float32Array.from(rows.flat()), [
    rows.length,
    rows[0]?.length ?? 0,
  ])
}

function constant(
  name: string,
  type: OnnxType,
  values: Float32Array | BigInt64Array,
  dimensions: readonly number[],
): OnnxTensor {
  return { name, type, dimensions, bytes: new Uint8Array(values.buffer) }
}
