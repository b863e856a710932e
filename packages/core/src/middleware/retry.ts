import { wait } from '../driver/abort.ts'
import { checkNumbers, checkOptions } from '../driver/check-options.ts'
import type { Call, Middleware } from '../driver/driver.ts'
import { forward } from '../driver/forward.ts'
import { relay } from '../driver/relay.ts'
import { NanoError } from '../error.ts'
import type { Part } from '../part.ts'
import type { GenerateRequest } from '../request.ts'

/** Options of `retry()`. */
export interface RetryOptions {
  /** Attempts in all, the first included; 1 or more. */
  readonly attempts?: number
  /**
   * Milliseconds before the second attempt; doubles after each. An error's own `retryAfter` takes
   * precedence.
   */
  readonly delay?: number
  /** Longest wait in milliseconds; an error that asks for more is thrown. */
  readonly maxDelay?: number
  /** Whether a call that `timeout()` ended is repeated as well. */
  readonly repeatTimeouts?: boolean
}

/**
 * Repeats a call whose error is `retryable`, but only before the first part: a reply that is half
 * shown must fail, not start over. An error with the code `timeout` is not repeated unless
 * `repeatTimeouts` asks for it: the same work would take as long again.
 */
export function retry(options: RetryOptions = {}): Middleware {
  checkOptions('retry', options, {
    example: '{ attempts: 3 }',
    optionNames: ['attempts', 'delay', 'maxDelay', 'repeatTimeouts'],
  })
  const { attempts = 3, delay = 200, maxDelay = 30_000, repeatTimeouts = false } = options
  checkNumbers('retry', {
    attempts: { value: attempts, least: 1, isWhole: true },
    delay: { value: delay, least: 0 },
    maxDelay: { value: maxDelay, least: 0 },
  })

  function pauseAfter(error: unknown, attempt: number): number {
    if (!NanoError.is(error) || !error.retryable) return Infinity
    if (error.code === 'timeout' && !repeatTimeouts) return Infinity
    return chooseRetryDelay(error, attempt, { delay, maxDelay })
  }

  return (inner) => {
    /** The stream of the first attempt that reaches a part. */
    async function start(request: GenerateRequest, call: Call): Promise<AsyncIterator<Part>> {
      for (let attempt = 1; ; attempt++) {
        try {
          const parts = inner.stream(request, call)[Symbol.asyncIterator]()
          return prepend(await parts.next(), parts)
        } catch (error) {
          const pause = pauseAfter(error, attempt)
          if (attempt >= attempts || pause > maxDelay) throw error
          await wait(pause, call.signal)
        }
      }
    }

    return forward(inner, 'retry', {
      stream: (request, call) => relay({ start: () => start(request, call) }),
    })
  }
}

/**
 * Milliseconds before the next attempt: what the other side asked for, else `delay`, doubled after
 * each attempt up to `maxDelay`.
 */
export function chooseRetryDelay(
  { retryAfter }: Pick<NanoError, 'retryAfter'>,
  attempt: number,
  { delay, maxDelay }: Required<Pick<RetryOptions, 'delay' | 'maxDelay'>>,
): number {
  return retryAfter ?? Math.min(maxDelay, delay * 2 ** (attempt - 1))
}

/** `rest`, with a step that was already taken put back in front. */
function prepend(
  first: IteratorResult<Part>,
  laterParts: AsyncIterator<Part>,
): AsyncIterator<Part> {
  let isFirst = true
  return {
    next() {
      if (!isFirst) return laterParts.next()
      isFirst = false
      return Promise.resolve(first)
    },
    return: async () => (await laterParts.return?.()) ?? { done: true, value: undefined },
  }
}
