import { rejectOnAbort } from './abort.ts'

/**
 * One stream with several readers. Whoever reads drives the source, so a reader that has stopped
 * reading holds up nobody.
 */
export interface SharedStream<T> {
  /** All values from the beginning. The source ends when the last reader leaves. */
  read(signal: AbortSignal): AsyncGenerator<T, void, void>
}

/**
 * Starts `source` at the first read. Calls `onEnd` once: when the source has ended or failed, or
 * all readers have left.
 */
export function sharedStream<T>(
  source: (signal: AbortSignal) => AsyncIterable<T>,
  onEnd: () => void,
): SharedStream<T> {
  const abort = new AbortController()
  const values: T[] = []
  let iterator: AsyncIterator<T> | undefined
  let outcome: { readonly error?: unknown } | undefined
  let pending: Promise<void> | undefined
  let readerCount = 0

  function end(reached: { readonly error?: unknown }): void {
    if (!outcome) onEnd()
    outcome ??= reached
  }

  async function pull(): Promise<void> {
    iterator ??= source(abort.signal)[Symbol.asyncIterator]()
    try {
      const { value, done } = await iterator.next()
      if (done) end({})
      else values.push(value)
    } catch (error) {
      end({ error })
    } finally {
      pending = undefined
    }
  }

  return {
    async *read(signal) {
      readerCount++
      try {
        for (let index = 0; ; index++) {
          while (index >= values.length && !outcome)
            await rejectOnAbort((pending ??= pull()), signal)
          const value = values[index]
          if (value !== undefined) yield value
          else if (outcome && 'error' in outcome) throw outcome.error
          else return
        }
      } finally {
        readerCount--
        if (readerCount === 0 && !outcome) {
          end({})
          abort.abort()
          await iterator?.return?.()
        }
      }
    },
  }
}
