import { checkNumbers, checkOptions } from '../driver/check-options.ts'
import type { CacheStore } from './cache.ts'

/** Options of `memoryStore()`. */
export interface MemoryStoreOptions {
  /** Bytes of all keys and replies together, at two for a UTF-16 unit; 64 MB by default. */
  readonly maxBytes?: number
}

/**
 * A store in this process. Where it would have more than `maxBytes`, it forgets what nobody has
 * asked for in the longest time. A reply that is larger than that is not kept.
 */
export function memoryStore(options: MemoryStoreOptions = {}): CacheStore {
  checkOptions('memoryStore', options, {
    example: '{ maxBytes: 1e6 }',
    optionNames: ['maxBytes'],
  })
  const { maxBytes = 64e6 } = options
  checkNumbers('memoryStore', { maxBytes: { value: maxBytes, least: 0 } })
  /** Those asked for last stand last. */
  const values = new Map<string, unknown>()
  let bytes = 0

  function forget(key: string): void {
    if (!values.has(key)) return
    bytes -= sizeOf(key, values.get(key))
    values.delete(key)
  }

  return {
    async get(key) {
      if (!values.has(key)) return undefined
      const value = values.get(key)
      values.delete(key)
      values.set(key, value)
      return value
    },
    async set(key, value) {
      forget(key)
      const size = sizeOf(key, value)
      if (size > maxBytes) return
      values.set(key, value)
      bytes += size
      for (const oldKey of values.keys()) {
        if (bytes <= maxBytes) break
        forget(oldKey)
      }
    },
  }
}

function sizeOf(key: string, value: unknown): number {
  return 2 * (key.length + String(value).length)
}
