import { checkOptions } from '../driver/check-options.ts'
import type { Middleware } from '../driver/driver.ts'
import type { Preset } from '../request.ts'
import { cache, type CacheOptions, type CacheStore } from './cache.ts'
import { contextWindow, type ContextWindowOptions } from './context-window.ts'
import { defaults } from './defaults.ts'
import { limit } from './limit.ts'
import { retry, type RetryOptions } from './retry.ts'
import { structured, type StructuredOptions } from './structured.ts'
import { timeout, type TimeoutOptions } from './timeout.ts'
import { trace } from './trace.ts'

/**
 * Options of `standard()`. Middleware whose option is left out is not in the stack, except for
 * `trace`, `structured` and `retry`, which always are.
 */
export interface StandardOptions {
  readonly defaults?: Preset
  readonly contextWindow?: ContextWindowOptions
  readonly structured?: StructuredOptions
  readonly cache?: CacheStore
  /** Called with an error of the `cache` store; no reply fails because of one. */
  readonly onCacheError?: CacheOptions['onError']
  readonly retry?: RetryOptions
  /** Streams at once. */
  readonly limit?: number
  readonly timeout?: TimeoutOptions
}

/**
 * The stack in the order that works, outermost first: `trace ▸ defaults ▸ timeout (total) ▸
 * contextWindow ▸ structured ▸ cache ▸ retry ▸ limit ▸ timeout (first, silence)`.
 *
 * - `trace` sees what the user sees.
 * - `defaults` before `cache`: two presets would else share a key.
 * - The `total` of `timeout` before everything that repeats or waits: no reply takes longer.
 * - `contextWindow` before `structured` and `cache`: they must see the request that is sent.
 * - `structured` before `cache`: its second attempt is a different request.
 * - `cache` before `retry`: a stored reply needs neither retry nor slot.
 * - `retry` before `limit`: a retry that waits would else hold a slot.
 * - The other limits of `timeout` innermost: waiting for a slot is not the model's time.
 */
export function standard(options: StandardOptions = {}): Middleware {
  checkOptions('standard', options, {
    example: '{ limit: 4, timeout: { silence: 30_000 } }',
    optionNames: [
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
  const { onCacheError } = options
  const { total, ...modelLimits } = options.timeout ?? {}
  // Checks the limits together, so that an error names an option that does not exist.
  if (options.timeout) timeout(options.timeout)
  const stack: readonly (Middleware | undefined)[] = [
    trace(),
    options.defaults && defaults(options.defaults),
    total === undefined ? undefined : timeout({ total }),
    options.contextWindow && contextWindow(options.contextWindow),
    structured(options.structured),
    options.cache && cache(options.cache, onCacheError && { onError: onCacheError }),
    retry(options.retry),
    options.limit === undefined ? undefined : limit(options.limit),
    Object.keys(modelLimits).length > 0 ? timeout(modelLimits) : undefined,
  ]
  return (inner) =>
    stack.reduceRight<typeof inner>((driver, wrap) => wrap?.(driver) ?? driver, inner)
}
