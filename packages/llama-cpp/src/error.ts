import { NanoError } from '@nano/core'

/** What the runtime said last, because its errors often do not. */
export interface RuntimeLog {
  note(level: unknown, message: string): void
  /** The lines since the last call, joined. */
  take(): string
}

const kept = 6

export function runtimeLog(): RuntimeLog {
  let lines: string[] = []
  return {
    note(_level, message) {
      lines = [...lines, message.trim()].slice(-kept)
    },
    take() {
      const said = lines.filter(Boolean).join(' | ')
      lines = []
      return said
    },
  }
}

interface Failure {
  readonly cause: unknown
  readonly who?: string
  readonly doing: string
  readonly log: RuntimeLog
  /** Aborted: the runtime's own error for that is not ours to show. */
  readonly signal?: AbortSignal | undefined
  /** The file was fine when it was opened, so it is not to blame. */
  readonly decoding?: boolean
}

/** The one error for a failure of the runtime; its code from what the runtime said. */
export function toNanoError({
  cause,
  who = 'llama-cpp',
  doing,
  log,
  signal,
  decoding = false,
}: Failure): unknown {
  if (signal?.aborted) return signal.reason
  if (NanoError.is(cause)) return cause
  const name = cause instanceof Error ? cause.constructor.name : ''
  const said = [cause instanceof Error ? cause.message : String(cause), log.take()]
    .filter(Boolean)
    .join(': ')

  if (
    name === 'InsufficientMemoryError' ||
    /out of memory|too large|insufficient|failed to allocate|unable to allocate/i.test(said)
  ) {
    return new NanoError(
      'out-of-memory',
      `${who}: ${doing} does not fit in memory (${said}). Use a shorter contextLength, fewer parallel requests, or a smaller quantization.`,
      { cause },
    )
  }
  if (decoding) return new NanoError('internal', `${who}: ${doing} failed (${said})`, { cause })
  if (/unknown model architecture/i.test(said))
    return new NanoError(
      'bad-model',
      `${who}: ${doing} failed: this version of node-llama-cpp does not know the model's architecture (${said}). A newer one may.`,
      { cause },
    )
  return new NanoError(
    'bad-model',
    `${who}: ${doing} failed (${said}). The file may be cut short or broken: get it again and compare its size with the original.`,
    { cause },
  )
}
