import { NanoError } from '@nano/core'
import type { ByteFiller } from '../files/chunks.ts'
import { computeRowSize, type GgufTensor } from './gguf-tensor.ts'
import { quantizers } from './quantize.ts'
import { randomWeights } from './random-weights.ts'
import { tensorTypes } from './tensor-types.ts'

/** Creates what fills the bytes of a tensor from its beginning. */
export function tensorFiller(tensor: GgufTensor): ByteFiller {
  const { name, type, weights } = tensor
  if (weights.type === 'random')
    return { unit: tensorTypes[type].bytes, fill: randomWeights({ ...weights, type, name }) }
  // In every type a block of zero bytes is a block of zero weights.
  if (weights.type === 'zeros')
    return { unit: tensorTypes[type].bytes, fill: (bytes) => bytes.fill(0) }

  const length = tensor.dimensions[0] ?? 0
  const row =
    weights.type === 'rows'
      ? weights.row
      : (index: number) => weights.values.subarray(index * length, (index + 1) * length)
  return { unit: computeRowSize(tensor), fill: fillRows(tensor, row) }
}

function fillRows(
  tensor: GgufTensor,
  row: (index: number) => Float32Array,
): (bytes: Uint8Array) => void {
  const {
    name,
    type,
    dimensions: [length = 0],
  } = tensor
  const quantize = quantizers[type]
  if (!quantize)
    throw new NanoError(
      'internal',
      `forge: tensor ${name} was not refused, and ${type} has no quantizer`,
    )
  const size = computeRowSize(tensor)
  let index = 0
  return (bytes) => {
    for (let start = 0; start < bytes.length; start += size, index++) {
      const values = row(index)
      if (values.length !== length)
        throw new NanoError(
          'invalid-request',
          `forge: row ${index} of ${name} has ${values.length} weights, ` +
            `and its dimensions say ${length}. Give rows of ${length}.`,
        )
      quantize(values, bytes.subarray(start, start + size))
    }
  }
}
