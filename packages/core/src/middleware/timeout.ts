import type { Middleware } from '../driver/driver.ts'
import { NanoError } from '../error.ts'
import type { Part } from '../part.ts'
import { joinSignals } from '../platform/join-signals.ts'
import { checkNumbers, checkOptions } from '../driver/check-options.ts'
import { forward } from '../driver/forward.ts'
import { relay } from '../driver/relay.ts'

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
 * Ends a call that takes too long with `timeout`, and stops the work behind it, even a driver that
 * ignores its signal. Retryable while nothing was emitted.
 */
export function timeout(options: TimeoutOptions): Middleware {
  checkOptions('timeout', options, {
    example: '{ silence: 30_000 }',
    known: ['first', 'silence', 'total'],
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
        let emitted = false
        const late = new AbortController()
        const clock = watch(total, (whole) => {
          const limit = whole
            ? `${total} ms in all`
            : emitted
              ? `${silence} ms between two parts`
              : `${first} ms before the first part`
          late.abort(
            new NanoError('timeout', `${inner.name} took longer than ${limit}`, {
              retryable: !emitted,
            }),
          )
        })
        const { signal, release } = joinSignals(call.signal, late.signal)

        return relay({
          start: async () => abandonable(inner.stream(request, { ...call, signal }), signal),
          before: () => clock.expect(emitted ? silence : first),
          part(part) {
            clock.rest()
            emitted = true
            return part
          },
          end() {
            clock.stop()
            release()
          },
        })
      },
    })
}

interface Watch {
  /** Something is waited for, and has this many milliseconds. */
  expect(milliseconds: number): void
  /** Nothing is waited for. */
  rest(): void
  stop(): void
}

/** The longest a timer can be set for; beyond, it would fire at once. */
const longest = 2 ** 31 - 1

/**
 * One timer for a whole stream, set again only when it fires too early or would fire too late: one
 * for each part would cost more than the part.
 */
function watch(total: number, late: (whole: boolean) => void): Watch {
  const end = performance.now() + total
  let due = Infinity
  let fires = Infinity
  let timer: ReturnType<typeof setTimeout> | undefined

  function set(): void {
    clearTimeout(timer)
    fires = Math.min(due, end)
    if (fires < Infinity)
      timer = setTimeout(fire, Math.min(longest, Math.max(0, fires - performance.now())))
  }
  function fire(): void {
    fires = Infinity
    if (performance.now() >= Math.min(due, end)) late(end <= due)
    else set()
  }

  return {
    expect(milliseconds) {
      due = milliseconds === Infinity ? Infinity : performance.now() + milliseconds
      if (Math.min(due, end) < fires) set()
    },
    rest() {
      due = Infinity
    },
    stop: () => clearTimeout(timer),
  }
}

/**
 * `next` rejects with the signal's reason as soon as it is aborted, whatever the source does. After
 * an abort the source is left and not waited for: one that ignores its signal might never return.
 */
function abandonable(source: AsyncIterable<Part>, signal: AbortSignal): AsyncIterator<Part> {
  const iterator = source[Symbol.asyncIterator]()
  // One listener for the whole stream. Racing each step against one promise would leave a reaction
  // on it for each part.
  let abandon: ((reason: unknown) => void) | undefined
  const listen = () => {
    abandon?.(signal.reason)
    // Whoever reads may not leave what has failed, so it is left here: a generator that is still at
    // work frees what it holds when it gets to it.
    void iterator.return?.().catch(() => {})
  }
  signal.addEventListener('abort', listen, { once: true })

  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        abandon = reject
        iterator.next().then(
          (result) => {
            abandon = undefined
            resolve(result)
          },
          (error: unknown) => {
            abandon = undefined
            reject(error)
          },
        )
      }),
    async return() {
      signal.removeEventListener('abort', listen)
      const left = iterator.return?.()
      if (signal.aborted) left?.catch(() => {})
      else await left
      return { done: true, value: undefined }
    },
  }
}
