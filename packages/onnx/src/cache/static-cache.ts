import { NanoError } from '@nano/core'
import type { Tensors } from '../session/runtime.ts'
import { type CacheLayout, chooseCapacity, stackEntry } from './stack-rows.ts'

interface FillOptions {
  readonly layout: CacheLayout
  /** How many tokens each row holds. */
  readonly cachedTokens: readonly number[]
  /**
   * What a run has read, by the names of the cache's inputs: `[rows, heads, tokens, head size]`.
   */
  readonly newValues: Tensors
}

/**
 * Writes what a run has read into a static cache, behind the tokens of each row; into a longer copy
 * where the cache is full. Copies one tensor after another, so that little is in memory twice.
 */
export function fillStaticCache(
  cache: Tensors,
  { layout: { graph, runtime }, cachedTokens, newValues }: FillOptions,
): Tensors {
  return Object.fromEntries(
    graph.cacheEntries.map((entry) => {
      const values = newValues[entry.past]
      const current = cache[entry.past]
      if (!values || !current)
        throw new NanoError('bad-output', `onnx: a run of the model returned no ${entry.present}`)
      const [, heads = 0, count = 0, headSize = 0] = values.dims
      const length = Math.max(...cachedTokens) + count
      const rows = cachedTokens.map((length, row) => ({ tensors: cache, row, length }))
      const target =
        length > (current.dims[2] ?? 0)
          ? stackEntry(rows, { entry, runtime, capacity: chooseCapacity(length) })
          : current
      const capacity = target.dims[2] ?? 0
      for (const [row, offset] of cachedTokens.entries()) {
        for (let head = row * heads; head < (row + 1) * heads; head++) {
          const start = head * count * headSize
          ;(target.data as Float32Array).set(
            (values.data as Float32Array).subarray(start, start + count * headSize),
            (head * capacity + offset) * headSize,
          )
        }
      }
      return [entry.past, target]
    }),
  )
}
