import type { Middleware } from '../driver.ts'
import { NanoError } from '../error.ts'
import { forward } from './forward.ts'

/** All in milliseconds; what is left out has no limit. */
export interface TimeoutOptions {
  /** Until the first part: covers the reading of the prompt. */
  readonly first?: number
  /** Between two parts. */
  readonly silence?: number
  /** For the whole reply. Time the reader takes between parts counts here, and nowhere else. */
  readonly total?: number
}

/**
 * Ends a call that takes too long with `timeout`, and stops the work behind it, even a driver that ignores its signal.
 * Retryable while nothing was emitted.
 */
export function timeout({ first = Infinity, silence = Infinity, total = Infinity }: TimeoutOptions): Middleware {
  return (inner) =>
    forward(inner, 'timeout', {
      async *stream(request, call) {
        const clock = new AbortController()
        const signal = AbortSignal.any([call.signal, clock.signal])
        const parts = inner.stream(request, { ...call, signal })[Symbol.asyncIterator]()
        const deadline = performance.now() + total
        let emitted = false
        let ended = false

        try {
          for (;;) {
            const patience = emitted ? silence : first
            const left = deadline - performance.now()
            const what = left < patience ? `${total} ms in all` : emitted ? `${silence} ms between two parts` : `${first} ms before the first part`
            const late = () => clock.abort(new NanoError('timeout', `${inner.name} took longer than ${what}`, { retryable: !emitted }))
            const next = await race(parts.next(), Math.min(patience, left), { signal, late })
            if (next.done) {
              ended = true
              return
            }
            emitted = true
            yield next.value
          }
        } catch (error) {
          ended = !signal.aborted
          throw error
        } finally {
          // Not awaited after a time-out: a driver that ignores its signal would be waited for here.
          const left = ended ? undefined : parts.return?.()
          if (signal.aborted) left?.catch(() => {})
          else await left
        }
      },
    })
}

interface Alarm {
  readonly signal: AbortSignal
  /** Aborts `signal`. */
  readonly late: () => void
}

/** Settles with `next`, or rejects with the signal's reason, whichever comes first; `milliseconds` may be Infinity. */
async function race<T>(next: Promise<T>, milliseconds: number, { signal, late }: Alarm): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const timer = milliseconds === Infinity ? undefined : setTimeout(late, Math.max(0, milliseconds))
  try {
    return await Promise.race([next, promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    // Whichever lost must not surface as an unhandled rejection.
    next.catch(() => {})
  }
}
