import type { Middleware } from '../driver/driver.ts'
import type { Preset } from '../request.ts'
import { cache, type CacheOptions, type CacheStore } from './cache.ts'
import { checkOptions } from '../driver/check-options.ts'
import { contextWindow, type ContextWindowOptions } from './context-window.ts'
import { defaults } from './defaults.ts'
import { limit } from './limit.ts'
import { retry, type RetryOptions } from './retry.ts'
import { structured, type StructuredOptions } from './structured.ts'
import { timeout, type TimeoutOptions } from './timeout.ts'
import { trace } from './trace.ts'

/**
 * What goes into the stack; what is left out is not in it, but for `trace`, `structured` and
 * `retry`, which always are.
 */
export interface StandardOptions {
  readonly defaults?: Preset
  readonly contextWindow?: ContextWindowOptions
  readonly structured?: StructuredOptions
  readonly cache?: CacheStore
  /** Called with what the store of `cache` failed with; no reply fails for it. */
  readonly onCacheError?: CacheOptions['onError']
  readonly retry?: RetryOptions
  /** Streams at once. */
  readonly limit?: number
  readonly timeout?: TimeoutOptions
}

/**
 * The stack in the one order that works, outermost first:
 * `trace ▸ defaults ▸ contextWindow ▸ structured ▸ cache ▸ retry ▸ limit ▸ timeout`.
 *
 * `trace` sees what the user sees. `defaults` before `cache`, or two presets share a key.
 * `contextWindow` before `structured` and `cache`, which must see the request that is sent.
 * `structured` before `cache`: its repair is a different request. `cache` before `retry`: a hit
 * needs neither. `retry` before `limit`, or a waiting retry holds a slot. `timeout` innermost, so
 * that waiting for a slot is not counted against the model.
 */
export function standard(options: StandardOptions = {}): Middleware {
  checkOptions('standard', options, {
    example: '{ limit: 4, timeout: { silence: 30_000 } }',
    known: [
      'defaults',
      'contextWindow',
      'structured',
      'cache',
      'onCacheError',
      'retry',
      'limit',
      'timeout',
    ],
  })
  const stack: readonly (Middleware | undefined)[] = [
    trace(),
    options.defaults && defaults(options.defaults),
    options.contextWindow && contextWindow(options.contextWindow),
    structured(options.structured),
    options.cache &&
      cache(options.cache, options.onCacheError && { onError: options.onCacheError }),
    retry(options.retry),
    options.limit === undefined ? undefined : limit(options.limit),
    options.timeout && timeout(options.timeout),
  ]
  return (inner) =>
    stack.reduceRight<typeof inner>((driver, wrap) => wrap?.(driver) ?? driver, inner)
}
