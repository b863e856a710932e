import { NanoError } from '@nano/core'
import type { GgufTensor } from './gguf.ts'
import { tensorSize } from './header.ts'
import { quantisers } from './quantise.ts'
import { randomWeights } from './random-weights.ts'
import { tensorTypes } from './tensor-types.ts'

/** Bytes made between two writes: enough for the disk, and few enough to be aborted at once. */
const chunkSize = 4 * 2 ** 20

/** Two buffers, so that one fills while the other is written. */
export type Buffers = readonly [Uint8Array, Uint8Array]

/** What fills a tensor's bytes: `fill` is given whole units, in order. */
export interface Filler {
  readonly unit: number
  readonly fill: (bytes: Uint8Array) => void
}

/** Large enough for the longest row. */
export function buffersFor(tensors: readonly GgufTensor[]): Buffers {
  return twoBuffers(tensors.map(rowSize))
}

/** Large enough for each of these sizes. */
export function twoBuffers(sizes: readonly number[]): Buffers {
  const words =
    Math.ceil(sizes.reduce((largest, size) => Math.max(largest, size), chunkSize) / 4) * 4
  return [new Uint8Array(words), new Uint8Array(words)]
}

/** A tensor's bytes in order. A chunk stands until the next but one is asked for. */
export function tensorBytes(tensor: GgufTensor, buffers: Buffers): Generator<Uint8Array> {
  return chunksOf(filler(tensor), tensorSize(tensor), buffers)
}

/** That many bytes in order. A chunk stands until the next but one is asked for. */
export function* chunksOf(
  { unit, fill }: Filler,
  total: number,
  buffers: Buffers,
): Generator<Uint8Array> {
  const most = Math.floor(buffers[0].length / unit) * unit
  for (let done = 0, turn = 0; done < total; turn++) {
    const chunk = buffers[turn % 2 === 0 ? 0 : 1].subarray(0, Math.min(most, total - done))
    fill(chunk)
    done += chunk.length
    yield chunk
  }
}

/** Begins a tensor anew. */
export function filler(tensor: GgufTensor): Filler {
  const { name, type, weights } = tensor
  if (weights.type === 'random')
    return { unit: tensorTypes[type].bytes, fill: randomWeights({ ...weights, type, name }) }
  // A block of zero bytes is a block of zero weights, in every type.
  if (weights.type === 'zeros')
    return { unit: tensorTypes[type].bytes, fill: (bytes) => bytes.fill(0) }

  const length = tensor.dimensions[0] ?? 0
  const row =
    weights.type === 'rows'
      ? weights.row
      : (index: number) => weights.values.subarray(index * length, (index + 1) * length)
  return { unit: rowSize(tensor), fill: rows(tensor, row) }
}

function rows(
  tensor: GgufTensor,
  row: (index: number) => Float32Array,
): (bytes: Uint8Array) => void {
  const {
    name,
    type,
    dimensions: [length = 0],
  } = tensor
  const quantise = quantisers[type]
  if (!quantise)
    throw new NanoError(
      'internal',
      `forge: ${name} was to be refused, since ${type} has no quantiser`,
    )
  const size = rowSize(tensor)
  let index = 0
  return (bytes) => {
    for (let at = 0; at < bytes.length; at += size, index++) {
      const values = row(index)
      if (values.length !== length)
        throw new NanoError(
          'invalid-request',
          `forge: row ${index} of ${name} has ${values.length} weights, and its dimensions say ${length}. Give rows of ${length}.`,
        )
      quantise(values, bytes.subarray(at, at + size))
    }
  }
}

function rowSize({ dimensions: [length = 0], type }: GgufTensor): number {
  return tensorSize({ dimensions: [length], type })
}
