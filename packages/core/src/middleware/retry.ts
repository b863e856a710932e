import type { Middleware } from '../driver.ts'
import { NanoError } from '../error.ts'
import { checkNumbers, checkOptions } from './check.ts'
import { forward } from './forward.ts'
import { wait } from './wait.ts'

/** How often, and how patiently. */
export interface RetryOptions {
  /** Attempts in all, the first included; 1 or more. */
  readonly attempts?: number
  /** Milliseconds before the second attempt; doubles after each. What the error itself asks for (`retryAfter`) goes first. */
  readonly delay?: number
  /** Longest wait in milliseconds; an error that asks for more is thrown. */
  readonly maxDelay?: number
}

/**
 * Repeats a call whose error is `retryable`, but only while nothing has been emitted:
 * a reply already half shown must fail, not start over.
 */
export function retry(options: RetryOptions = {}): Middleware {
  checkOptions('retry', options, '{ attempts: 3 }')
  const { attempts = 3, delay = 200, maxDelay = 30_000 } = options
  checkNumbers('retry', { attempts: { value: attempts, least: 1, whole: true }, delay: { value: delay, least: 0 }, maxDelay: { value: maxDelay, least: 0 } })
  return (inner) =>
    forward(inner, 'retry', {
      async *stream(request, call) {
        for (let attempt = 1; ; attempt++) {
          let emitted = false
          try {
            for await (const part of inner.stream(request, call)) {
              emitted = true
              yield part
            }
            return
          } catch (error) {
            const pause = NanoError.is(error) && error.retryable ? (error.retryAfter ?? Math.min(maxDelay, delay * 2 ** (attempt - 1))) : Infinity
            if (emitted || attempt >= attempts || pause > maxDelay) throw error
            await wait(pause, call.signal)
          }
        }
      },
    })
}
