import type { CacheEntry, Graph } from './graph.ts'
import type { Runtime, Tensor } from './runtime.ts'
import type { Tensors } from './step.ts'

/** Keys and values of the tokens read so far; never changed, but replaced by what a step gives. */
export interface KvCache {
  readonly tokens: readonly number[]
  /** `[1, heads, tokens, width]`. */
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

/** The first `length` tokens of a cache. Copies what is kept, once. */
export function shortened(cache: KvCache, length: number, kind: CacheKind): KvCache {
  if (length >= cache.tokens.length) return cache
  if (length === 0) return emptyCache(kind)
  return { tokens: cache.tokens.slice(0, length), tensors: stacked([{ tensors: cache.tensors, row: 0, length }], { kind, length }) }
}

/** One sequence in the tensors of several. */
export interface CacheRow {
  readonly tensors: Tensors
  readonly row: number
  /** How many of its tokens to take. */
  readonly length: number
}

/** Copies rows into one cache, `[rows, heads, length, width]`, each from the front; without rows, an empty one for a sequence. */
export function stacked(rows: readonly CacheRow[], { kind: { graph, runtime }, length }: { readonly kind: CacheKind; readonly length: number }): Tensors {
  return Object.fromEntries(graph.cache.map((entry) => [entry.past, stackedEntry(rows, { entry, runtime, length })]))
}

interface Stacking {
  readonly entry: CacheEntry
  readonly runtime: Pick<Runtime, 'Tensor'>
  readonly length: number
}

function stackedEntry(rows: readonly CacheRow[], { entry: { past, type, heads, width }, runtime: { Tensor }, length }: Stacking): Tensor {
  const count = Math.max(1, rows.length)
  const Numbers = type === 'float32' ? Float32Array : Uint16Array
  const whole = new Numbers(count * heads * length * width)
  for (const [index, { tensors, row, length: kept }] of rows.entries()) {
    const from = tensors[past]
    if (!from) continue
    const capacity = from.dims[2] ?? 0
    for (let head = 0; head < heads; head++) {
      const start = (row * heads + head) * capacity * width
      whole.set((from.data as Float32Array).subarray(start, start + kept * width), (index * heads + head) * length * width)
    }
  }
  return new Tensor(type, whole, [count, heads, length, width])
}
