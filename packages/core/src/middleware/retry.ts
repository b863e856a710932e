import type { Call, Middleware } from '../driver/driver.ts'
import { NanoError } from '../error.ts'
import type { Part } from '../part.ts'
import type { GenerateRequest } from '../request.ts'
import { checkNumbers, checkOptions } from '../driver/check-options.ts'
import { forward } from '../driver/forward.ts'
import { relay } from '../driver/relay.ts'
import { wait } from '../driver/abort.ts'

/** How often, and how patiently. */
export interface RetryOptions {
  /** Attempts in all, the first included; 1 or more. */
  readonly attempts?: number
  /**
   * Milliseconds before the second attempt; doubles after each. What the error itself asks for
   * (`retryAfter`) goes first.
   */
  readonly delay?: number
  /** Longest wait in milliseconds; an error that asks for more is thrown. */
  readonly maxDelay?: number
}

/**
 * Repeats a call whose error is `retryable`, but only while nothing has been emitted:
 * a reply already half shown must fail, not start over.
 */
export function retry(options: RetryOptions = {}): Middleware {
  checkOptions('retry', options, {
    example: '{ attempts: 3 }',
    known: ['attempts', 'delay', 'maxDelay'],
  })
  const { attempts = 3, delay = 200, maxDelay = 30_000 } = options
  checkNumbers('retry', {
    attempts: { value: attempts, least: 1, whole: true },
    delay: { value: delay, least: 0 },
    maxDelay: { value: maxDelay, least: 0 },
  })
  return (inner) => {
    /** The stream of the first attempt that gets as far as a part. */
    async function begin(request: GenerateRequest, call: Call): Promise<AsyncIterator<Part>> {
      for (let attempt = 1; ; attempt++) {
        try {
          const parts = inner.stream(request, call)[Symbol.asyncIterator]()
          return startingWith(await parts.next(), parts)
        } catch (error) {
          const pause =
            NanoError.is(error) && error.retryable
              ? (error.retryAfter ?? Math.min(maxDelay, delay * 2 ** (attempt - 1)))
              : Infinity
          if (attempt >= attempts || pause > maxDelay) throw error
          await wait(pause, call.signal)
        }
      }
    }

    return forward(inner, 'retry', {
      stream: (request, call) => relay({ start: () => begin(request, call) }),
    })
  }
}

/** `rest`, with a step that was already taken put back in front. */
function startingWith(first: IteratorResult<Part>, rest: AsyncIterator<Part>): AsyncIterator<Part> {
  let fresh = true
  return {
    next() {
      if (!fresh) return rest.next()
      fresh = false
      return Promise.resolve(first)
    },
    return: async () => (await rest.return?.()) ?? { done: true, value: undefined },
  }
}
