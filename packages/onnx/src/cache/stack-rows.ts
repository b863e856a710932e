import type { CacheEntry, DecoderGraph } from '../session/decoder-graph.ts'
import type { Runtime, Tensor, Tensors } from '../session/runtime.ts'

/** What determines the tensors of a cache. */
export interface CacheLayout {
  readonly graph: DecoderGraph
  readonly runtime: Pick<Runtime, 'Tensor'>
}

/** One sequence in the tensors of several. */
export interface CacheRow {
  readonly tensors: Tensors
  readonly row: number
  /** How many of its tokens to copy. */
  readonly length: number
}

interface StackOptions {
  readonly layout: CacheLayout
  /** How many tokens each row has to have room for. */
  readonly length: number
}

/**
 * Copies rows into the tensors of one cache, `[rows, heads, length, head size]`, each to the front
 * of its row. Without rows the cache is an empty one of one sequence.
 */
export function stackRows(
  rows: readonly CacheRow[],
  { layout: { graph, runtime }, length }: StackOptions,
): Tensors {
  const capacity = graph.hasStaticCache ? chooseCapacity(length) : length
  return Object.fromEntries(
    graph.cacheEntries.map((entry) => [entry.past, stackEntry(rows, { entry, runtime, capacity })]),
  )
}

/**
 * How many tokens a static cache of `length` tokens has room for: a sixteenth more, at least 192.
 * Copying the cache once per sixteenth costs little, and so does attention over a sixteenth too
 * much. Products are the same to the bit for multiples of 64.
 */
export function chooseCapacity(length: number): number {
  return Math.ceil((length + Math.max(192, length / 16)) / 64) * 64
}

/** How many tokens each row of a cache has room for. */
export function readCapacity(tensors: Tensors, { graph }: CacheLayout): number {
  const [first] = graph.cacheEntries
  return first ? (tensors[first.past]?.dims[2] ?? 0) : 0
}

interface StackEntryOptions {
  readonly entry: CacheEntry
  readonly runtime: Pick<Runtime, 'Tensor'>
  readonly capacity: number
}

/** Copies one tensor of each row into a tensor of all rows. */
export function stackEntry(
  rows: readonly CacheRow[],
  { entry: { past, type, heads, headSize }, runtime: { Tensor }, capacity }: StackEntryOptions,
): Tensor {
  const rowCount = Math.max(1, rows.length)
  const TypedArray = type === 'float32' ? Float32Array : Uint16Array
  const values = new TypedArray(rowCount * heads * capacity * headSize)
  for (const [index, { tensors, row, length }] of rows.entries()) {
    const source = tensors[past]
    if (!source) continue
    const sourceCapacity = source.dims[2] ?? 0
    for (let head = 0; head < heads; head++) {
      const start = (row * heads + head) * sourceCapacity * headSize
      values.set(
        (source.data as Float32Array).subarray(start, start + length * headSize),
        (index * heads + head) * capacity * headSize,
      )
    }
  }
  return new Tensor(type, values, [rowCount, heads, capacity, headSize])
}
