import { checkNumbers, checkOptions } from '../driver/check-options.ts'
import type { Middleware } from '../driver/driver.ts'
import { forward } from '../driver/forward.ts'
import { relay } from '../driver/relay.ts'
import { NanoError } from '../error.ts'
import type { Part } from '../part.ts'
import { joinSignals } from '../platform/join-signals.ts'

/** Options of `timeout()`, all in milliseconds, 1 or more; a limit left out does not apply. */
export interface TimeoutOptions {
  /** Until the first part: covers the reading of the prompt. */
  readonly first?: number
  /** Between two parts. */
  readonly silence?: number
  /** For the whole reply, the time that the reader takes between two parts included. */
  readonly total?: number
}

/**
 * Ends a call that takes too long with `timeout`, and stops the work behind it, even that of a
 * driver that ignores its signal. `retry()` does not repeat it by default.
 */
export function timeout(options: TimeoutOptions): Middleware {
  checkOptions('timeout', options, {
    example: '{ silence: 30_000 }',
    optionNames: ['first', 'silence', 'total'],
  })
  const { first = Infinity, silence = Infinity, total = Infinity } = options
  checkNumbers('timeout', {
    first: { value: first, least: 1 },
    silence: { value: silence, least: 1 },
    total: { value: total, least: 1 },
  })
  return (inner) =>
    forward(inner, 'timeout', {
      stream(request, call) {
        let hasEmitted = false
        const expiry = new AbortController()
        const timer = deadlineTimer(total, (isTotal) => {
          const limit = isTotal
            ? `${total} ms in all`
            : hasEmitted
              ? `${silence} ms between two parts`
              : `${first} ms before the first part`
          const message = `${inner.name} took longer than ${limit}`
          expiry.abort(new NanoError('timeout', message, { retryable: !hasEmitted }))
        })
        const { signal, release } = joinSignals(call.signal, expiry.signal)

        return relay({
          start: async () => abandonOnAbort(inner.stream(request, { ...call, signal }), signal),
          beforeStep: () => timer.expectWithin(hasEmitted ? silence : first),
          mapPart(part) {
            timer.pause()
            hasEmitted = true
            return part
          },
          end() {
            timer.stop()
            release()
          },
        })
      },
    })
}

interface DeadlineTimer {
  /** The next part is expected within this many milliseconds. */
  expectWithin(milliseconds: number): void
  /** No part is expected. */
  pause(): void
  stop(): void
}

/** The longest delay of a timer, in milliseconds; with a longer one it would fire at once. */
const maxTimerDelay = 2 ** 31 - 1

/**
 * One timer for a whole stream. It is set again only when it fires too early or would fire too
 * late: a timer for each part would cost more than the part.
 */
function deadlineTimer(total: number, onExpiry: (isTotal: boolean) => void): DeadlineTimer {
  const end = performance.now() + total
  let deadline = Infinity
  let firesAt = Infinity
  let timer: ReturnType<typeof setTimeout> | undefined

  function set(): void {
    clearTimeout(timer)
    firesAt = Math.min(deadline, end)
    if (firesAt === Infinity) return
    timer = setTimeout(
      checkDeadline,
      Math.min(maxTimerDelay, Math.max(0, firesAt - performance.now())),
    )
  }
  function checkDeadline(): void {
    firesAt = Infinity
    if (performance.now() >= Math.min(deadline, end)) onExpiry(end <= deadline)
    else set()
  }

  return {
    expectWithin(milliseconds) {
      deadline = milliseconds === Infinity ? Infinity : performance.now() + milliseconds
      if (Math.min(deadline, end) < firesAt) set()
    },
    pause() {
      deadline = Infinity
    },
    stop: () => clearTimeout(timer),
  }
}

/**
 * An iterator whose `next` rejects with the signal's reason as soon as it is aborted, whatever the
 * source does. After an abort the source is left without waiting for it: a source that ignores its
 * signal might never return.
 */
function abandonOnAbort(source: AsyncIterable<Part>, signal: AbortSignal): AsyncIterator<Part> {
  const iterator = source[Symbol.asyncIterator]()
  // One listener for the whole stream. Racing each step against one promise would leave a reaction
  // on that promise for each part.
  let rejectNext: ((reason: unknown) => void) | undefined
  const onAbort = () => {
    rejectNext?.(signal.reason)
    // A reader may not leave a stream that failed, so it is left here. A generator that is still at
    // work frees what it holds when it gets there.
    void iterator.return?.().catch(() => {})
  }
  signal.addEventListener('abort', onAbort, { once: true })

  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        rejectNext = reject
        iterator.next().then(
          (result) => {
            rejectNext = undefined
            resolve(result)
          },
          (error: unknown) => {
            rejectNext = undefined
            reject(error)
          },
        )
      }),
    async return() {
      signal.removeEventListener('abort', onAbort)
      const returned = iterator.return?.()
      if (signal.aborted) returned?.catch(() => {})
      else await returned
      return { done: true, value: undefined }
    },
  }
}
