import { rejectOnAbort } from './abort.ts'

/**
 * One stream with several readers; whoever reads drives it, so one who stopped reading holds up
 * nobody.
 */
export interface SharedStream<T> {
  /** All of it, from the beginning. Leaving is one reader's; the last to leave ends the source. */
  read(signal: AbortSignal): AsyncGenerator<T, void, void>
}

/**
 * Starts `source` at the first read. `over` is called once, when it has ended, failed, or been left
 * by all.
 */
export function sharedStream<T>(
  source: (signal: AbortSignal) => AsyncIterable<T>,
  over: () => void,
): SharedStream<T> {
  const abort = new AbortController()
  const values: T[] = []
  let iterator: AsyncIterator<T> | undefined
  let end: { readonly error?: unknown } | undefined
  let pulling: Promise<void> | undefined
  let readers = 0

  function finish(reached: { readonly error?: unknown }): void {
    if (!end) over()
    end ??= reached
  }

  async function pull(): Promise<void> {
    iterator ??= source(abort.signal)[Symbol.asyncIterator]()
    try {
      const { value, done } = await iterator.next()
      if (done) finish({})
      else values.push(value)
    } catch (error) {
      finish({ error })
    } finally {
      pulling = undefined
    }
  }

  return {
    async *read(signal) {
      readers++
      try {
        for (let index = 0; ; index++) {
          while (index >= values.length && !end) await rejectOnAbort((pulling ??= pull()), signal)
          const value = values[index]
          if (value !== undefined) yield value
          else if (end && 'error' in end) throw end.error
          else return
        }
      } finally {
        readers--
        if (readers === 0 && !end) {
          finish({})
          abort.abort()
          await iterator?.return?.()
        }
      }
    },
  }
}
