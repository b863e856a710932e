import { NanoError } from '@nano/core'
import { markUnsent } from '../transport/send-count.ts'

/** The time in which a server has to begin its answer to a call. */
export interface TimeLimit {
  /** Aborted when the time is over. */
  readonly signal: AbortSignal
  clear(): void
}

/** Without `milliseconds` it never ends. */
export function timeLimit(url: string, milliseconds: number | undefined): TimeLimit {
  const controller = new AbortController()
  if (milliseconds === undefined) return { signal: controller.signal, clear() {} }
  const timer = setTimeout(() => {
    const message = `http: ${new URL(url).host} did not begin its answer within ${milliseconds} ms`
    controller.abort(markUnsent(new NanoError('unavailable', message, { retryable: true })))
  }, milliseconds)
  return { signal: controller.signal, clear: () => clearTimeout(timer) }
}
