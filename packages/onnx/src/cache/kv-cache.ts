import { disposeTensors, type Tensors } from '../session/runtime.ts'
import { type CacheLayout, chooseCapacity, readCapacity, stackRows } from './stack-rows.ts'

/** The keys and values of the tokens that a sequence has read. */
export interface KvCache {
  readonly tokens: readonly number[]
  /**
   * `[1, heads, tokens, head size]`. A static cache is longer, and one on the device may be. Every
   * step replaces the tensors, except those of a static cache, which it writes to.
   */
  readonly tensors: Tensors
}

/** A cache without tokens. */
export function createCache(layout: CacheLayout): KvCache {
  return { tokens: [], tensors: stackRows([], { layout, length: 0 }) }
}

/**
 * Keeps the first `length` tokens; the given cache must not be used afterwards. Copies what it
 * keeps where the tensors must not be longer than their content, and where a static cache is more
 * than twice as long as it needs to be.
 */
export function truncateCache(cache: KvCache, length: number, layout: CacheLayout): KvCache {
  if (length >= cache.tokens.length) return cache
  if (length === 0) {
    disposeTensors(cache.tensors)
    return createCache(layout)
  }

  const { hasStaticCache, keepsCacheOnDevice } = layout.graph
  const tokens = cache.tokens.slice(0, length)
  // Attention is computed over all of a static cache, used or not: where much of it is unused, that
  // costs more than one copy.
  const fits = hasStaticCache && readCapacity(cache.tensors, layout) <= 2 * chooseCapacity(length)
  if (fits || keepsCacheOnDevice) return { tokens, tensors: cache.tensors }
  const row = { tensors: cache.tensors, row: 0, length }
  return { tokens, tensors: stackRows([row], { layout, length }) }
}
