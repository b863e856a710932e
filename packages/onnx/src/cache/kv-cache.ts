import { NanoError } from '@nano/core'
import type { CacheEntry, Graph } from '../session/decoder-graph.ts'
import type { Runtime, Tensor } from '../session/runtime.ts'

/** Tensors by the names of the graph's inputs. */
export type Tensors = Readonly<Record<string, Tensor>>

/** Keys and values of the tokens read so far, replaced by what a step gives, or filled with it. */
export interface KvCache {
  readonly tokens: readonly number[]
  /**
   * `[1, heads, tokens, width]`. A static one is longer, and what a step reads is put into it; one
   * on the device may be.
   */
  readonly tensors: Tensors
}

/** What caches are made with. */
export interface CacheKind {
  readonly graph: Graph
  readonly runtime: Pick<Runtime, 'Tensor'>
}

/** A cache of no tokens. */
export function emptyCache(kind: CacheKind): KvCache {
  return { tokens: [], tensors: stacked([], { kind, length: 0 }) }
}

/**
 * The first `length` tokens of a cache, which is not to be used any more. Copies what is kept,
 * once, where it may not be longer, or is far too long.
 */
export function shortened(cache: KvCache, length: number, kind: CacheKind): KvCache {
  if (length >= cache.tokens.length) return cache
  if (length === 0) {
    disposeOf(cache.tensors)
    return emptyCache(kind)
  }
  // Room is attended to, whatever is in it: a step over far too much costs more than copying what
  // is kept, once.
  const fits = kind.graph.staticCache && roomIn(cache.tensors, kind) <= 2 * roomFor(length)
  if (fits || kind.graph.onDevice)
    return { tokens: cache.tokens.slice(0, length), tensors: cache.tensors }
  return {
    tokens: cache.tokens.slice(0, length),
    tensors: stacked([{ tensors: cache.tensors, row: 0, length }], { kind, length }),
  }
}

/** Gives memory on the device back, which nobody else does in time. */
export function disposeOf(tensors: Tensors): void {
  for (const tensor of Object.values(tensors)) if (tensor.location !== 'cpu') tensor.dispose()
}

/** One sequence in the tensors of several. */
export interface CacheRow {
  readonly tensors: Tensors
  readonly row: number
  /** How many of its tokens to take. */
  readonly length: number
}

interface Stacking {
  readonly kind: CacheKind
  /** Tokens that are to fit. */
  readonly length: number
}

/**
 * Copies rows into one cache, `[rows, heads, length, width]`, each from the front; without rows, an
 * empty one for a sequence.
 */
export function stacked(
  rows: readonly CacheRow[],
  { kind: { graph, runtime }, length }: Stacking,
): Tensors {
  const room = graph.staticCache ? roomFor(length) : length
  return Object.fromEntries(
    graph.cache.map((entry) => [entry.past, stackedEntry(rows, { entry, runtime, room })]),
  )
}

/**
 * Copying everything once for a sixteenth more is little, and so is attending to a sixteenth too
 * much. Products come out the same to the bit for multiples of 64.
 */
function roomFor(length: number): number {
  return Math.ceil((length + Math.max(192, length / 16)) / 64) * 64
}

function roomIn(
  tensors: Tensors,
  {
    graph: {
      cache: [first],
    },
  }: CacheKind,
): number {
  return first ? (tensors[first.past]?.dims[2] ?? 0) : 0
}

interface Room {
  readonly entry: CacheEntry
  readonly runtime: Pick<Runtime, 'Tensor'>
  readonly room: number
}

function stackedEntry(
  rows: readonly CacheRow[],
  { entry: { past, type, heads, width }, runtime: { Tensor }, room }: Room,
): Tensor {
  const count = Math.max(1, rows.length)
  const Numbers = type === 'float32' ? Float32Array : Uint16Array
  const whole = new Numbers(count * heads * room * width)
  for (const [index, { tensors, row, length }] of rows.entries()) {
    const from = tensors[past]
    if (!from) continue
    const capacity = from.dims[2] ?? 0
    for (let head = 0; head < heads; head++) {
      const start = (row * heads + head) * capacity * width
      whole.set(
        (from.data as Float32Array).subarray(start, start + length * width),
        (index * heads + head) * room * width,
      )
    }
  }
  return new Tensor(type, whole, [count, heads, room, width])
}

interface Filling {
  readonly kind: CacheKind
  /** Tokens that each row has. */
  readonly pasts: readonly number[]
  /** What a run has read, by the names of the cache's tensors, `[rows, heads, tokens, width]`. */
  readonly read: Tensors
}

/**
 * Puts what was read into a static cache, or into a longer one where it has no room; its tensors
 * one by one, so that little is held twice.
 */
export function filled(
  cache: Tensors,
  { kind: { graph, runtime }, pasts, read }: Filling,
): Tensors {
  return Object.fromEntries(
    graph.cache.map((entry) => {
      const given = read[entry.past]
      const there = cache[entry.past]
      if (!given || !there)
        throw new NanoError('bad-output', `onnx: a run of the model gave no ${entry.present}`)
      const [, heads = 0, count = 0, width = 0] = given.dims
      const length = Math.max(...pasts) + count
      const rows = pasts.map((past, row) => ({ tensors: cache, row, length: past }))
      const into =
        length > (there.dims[2] ?? 0)
          ? stackedEntry(rows, { entry, runtime, room: roomFor(length) })
          : there
      const room = into.dims[2] ?? 0
      for (const [row, past] of pasts.entries()) {
        for (let head = row * heads; head < (row + 1) * heads; head++) {
          const values = (given.data as Float32Array).subarray(
            head * count * width,
            (head + 1) * count * width,
          )
          ;(into.data as Float32Array).set(values, (head * room + past) * width)
        }
      }
      return [entry.past, into]
    }),
  )
}
