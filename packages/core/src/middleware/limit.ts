import { checkNumbers } from '../driver/check-options.ts'
import type { Middleware } from '../driver/driver.ts'
import { forward } from '../driver/forward.ts'
import { relay } from '../driver/relay.ts'
import { slots } from '../driver/slots.ts'

/**
 * Runs at most `size` streams at once; the others wait, first come, first served. A stream holds
 * its slot until it ends. `timings.waiting` says how long it waited for the slot.
 */
export function limit(size: number): Middleware {
  checkNumbers('limit', { size: { value: size, least: 1, isWhole: true } })
  return (inner) => {
    const pool = slots(Array.from({ length: size }, (_, slot) => slot))
    return forward(inner, `limit[${size}]`, {
      stream(request, call) {
        let slot: number | undefined
        let waiting = 0
        return relay({
          async start() {
            const startedAt = performance.now()
            slot = await pool.take(call.signal)
            waiting = performance.now() - startedAt
            return inner.stream(request, call)[Symbol.asyncIterator]()
          },
          mapPart(part) {
            if (part.type !== 'finish') return part
            const innerWaiting = part.timings.waiting ?? 0
            return { ...part, timings: { ...part.timings, waiting: waiting + innerWaiting } }
          },
          end() {
            if (slot !== undefined) pool.release(slot)
          },
        })
      },
    })
  }
}
