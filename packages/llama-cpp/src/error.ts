import { setImmediate as waitForTurn, setTimeout as wait } from 'node:timers/promises'
import { NanoError } from '@nano/core'

/** What the runtime has logged lately: its errors often do not say what went wrong. */
export interface RuntimeLog {
  note(level: unknown, message: string): void
  /** Forgets the lines so far. */
  clear(): Promise<void>
  /** Resolves to the lines since the last call, joined. Waits a moment for one that is expected. */
  take(options: { readonly isExpected: boolean }): Promise<string>
}

const maxLines = 6
/**
 * Milliseconds. The runtime logs from threads of its own: what it says of a failure may come after
 * it, much later where other programs have the cores.
 */
const maxDelay = 100

export function runtimeLog(): RuntimeLog {
  let lines: string[] = []
  return {
    note(_level, message) {
      lines = [...lines, message.trim()].slice(-maxLines)
    },
    async clear() {
      await waitForTurn()
      lines = []
    },
    async take({ isExpected }) {
      await waitForTurn()
      const endsAt = performance.now() + maxDelay
      while (isExpected && !lines.some(Boolean) && performance.now() < endsAt) await wait(1)
      // The first line is seldom alone.
      await waitForTurn()
      const joinedLines = lines.filter(Boolean).join(' | ')
      lines = []
      return joinedLines
    },
  }
}

/** The runtime's class of errors for memory that does not suffice. */
const memoryError = 'InsufficientMemoryError'

interface Failure {
  readonly cause: unknown
  /** Begins the message. */
  readonly label?: string
  /** What failed, such as `loading model.gguf`. */
  readonly activity: string
  readonly log: RuntimeLog
  /** Once it is aborted, the runtime's own error is not of interest. */
  readonly signal?: AbortSignal | undefined
  /** The file has been opened before, so it is not to blame. */
  readonly isDecoding?: boolean
}

/**
 * Resolves to the error for a failure of the runtime; its code follows from what the runtime said.
 */
export async function toNanoError({
  cause,
  label = 'llama-cpp',
  activity,
  log,
  signal,
  isDecoding = false,
}: Failure): Promise<unknown> {
  if (signal?.aborted) return signal.reason
  if (NanoError.is(cause)) return cause
  const name = cause instanceof Error ? cause.constructor.name : ''
  // That memory does not suffice, the runtime's error says itself.
  const isExpected = name !== memoryError && !isDecoding
  const logged = await log.take({ isExpected })
  if (signal?.aborted) return signal.reason
  const details = [cause instanceof Error ? cause.message : String(cause), logged]
    .filter(Boolean)
    .join(': ')

  if (
    name === memoryError ||
    /out of memory|too large|insufficient|failed to allocate|unable to allocate/i.test(details)
  )
    return new NanoError(
      'out-of-memory',
      `${label}: ${activity} does not fit in memory (${details}). Use a shorter contextLength, ` +
        'fewer parallel requests, or a smaller quantization.',
      { cause },
    )
  if (isDecoding)
    return new NanoError('internal', `${label}: ${activity} failed (${details})`, { cause })
  if (/unknown model architecture/i.test(details))
    return new NanoError(
      'bad-model',
      `${label}: ${activity} failed: this version of node-llama-cpp does not know the model's ` +
        `architecture (${details}). A newer one may.`,
      { cause },
    )
  return new NanoError(
    'bad-model',
    `${label}: ${activity} failed (${details}). The file may be cut short or broken: get it ` +
      'again and compare its size with the original.',
    { cause },
  )
}
