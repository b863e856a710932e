import { NanoError } from '@nano/core'
import { markUnsent } from '../transport/send-count.ts'

/** The time in which a server has to begin its answer, and to go on before its first part. */
export interface TimeLimit {
  /** Aborted when the time is over. */
  readonly signal: AbortSignal
  /** Begins the time anew: the server has sent something that gives the caller no part. */
  restart(): void
  clear(): void
}

/** Without `milliseconds` it never ends. */
export function timeLimit(url: string, milliseconds: number | undefined): TimeLimit {
  const controller = new AbortController()
  const { signal } = controller
  if (milliseconds === undefined) return { signal, restart() {}, clear() {} }
  let startedAt = performance.now()
  let timer = setTimeout(end, milliseconds)

  /** One timer for all pieces of a thought: to set it for each costs more. */
  function end(): void {
    const remaining = startedAt + Number(milliseconds) - performance.now()
    if (remaining > 0) {
      timer = setTimeout(end, remaining)
      return
    }
    const message = `http: ${new URL(url).host} sent nothing of its answer for ${milliseconds} ms`
    controller.abort(markUnsent(new NanoError('unavailable', message, { retryable: true })))
  }

  return {
    signal,
    restart: () => void (startedAt = performance.now()),
    clear: () => clearTimeout(timer),
  }
}
