import { NanoError } from '@nano/core'
import type { ValueStream } from '../transport/value-stream.ts'

/**
 * A stream with a limit of its output. A server refuses a limit that exceeds what the prompt leaves
 * of the context; it is then asked once more without a limit, so it replies until the context is
 * full.
 */
export function streamWithinContext(
  limited: ValueStream,
  openUnlimited: () => ValueStream,
): ValueStream {
  let values = limited
  let mayRetry = true
  return {
    async next() {
      try {
        return await values.next()
      } catch (error) {
        const isOverflow = NanoError.is(error) && error.code === 'context-overflow'
        if (!mayRetry || !isOverflow) throw error
        values.close()
        values = openUnlimited()
        return values.next()
      } finally {
        mayRetry = false
      }
    },
    expectEnd: () => values.expectEnd(),
    close: () => values.close(),
  }
}
