import { NanoError } from '@nano/core'
import type { ValueStream } from '../transport/value-stream.ts'

/**
 * A stream with a limit of its output. A server refuses a limit that exceeds what the prompt leaves
 * of the context, or what it ever replies; it is then asked once more without a limit, so it
 * replies as long as it can.
 */
export function streamWithinContext(
  limitedStream: ValueStream,
  openUnlimited: () => ValueStream,
): ValueStream {
  let values = limitedStream
  let mayRetry = true
  return {
    async next() {
      try {
        return await values.next()
      } catch (error) {
        if (!mayRetry || !isLimitTooGreat(error)) throw error
        values.close()
        values = openUnlimited()
        return values.next()
      } finally {
        mayRetry = false
      }
    },
    expectEnd: (maxWait) => values.expectEnd(maxWait),
    expectMore: () => values.expectMore(),
    close: () => values.close(),
  }
}

/** Services that limit replies below the context refuse the field by its name. */
const limitField = /max_(?:completion_|new_|output_)?tokens/i
const tooGreatWords = /too large|at most|less than|greater than|exceed|valid range/i

function isLimitTooGreat(error: unknown): boolean {
  if (!NanoError.is(error)) return false
  if (error.code === 'context-overflow') return true
  const { code, message } = error
  return code === 'invalid-request' && limitField.test(message) && tooGreatWords.test(message)
}
