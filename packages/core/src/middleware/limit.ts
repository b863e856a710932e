import type { Middleware } from '../driver/driver.ts'
import { slots } from '../driver/slots.ts'
import { checkNumbers } from '../driver/check-options.ts'
import { forward } from '../driver/forward.ts'
import { relay } from '../driver/relay.ts'

/**
 * At most `size` streams at once; the rest wait, first come first served.
 * A slot is held until its stream ends, and `timings.waiting` says how long it was waited for.
 */
export function limit(size: number): Middleware {
  checkNumbers('limit', { size: { value: size, least: 1, whole: true } })
  return (inner) => {
    const pool = slots(Array.from({ length: size }, (_, slot) => slot))
    return forward(inner, `limit[${size}]`, {
      stream(request, call) {
        let slot: number | undefined
        let waiting = 0
        return relay({
          async start() {
            const asked = performance.now()
            slot = await pool.take(call.signal)
            waiting = performance.now() - asked
            return inner.stream(request, call)[Symbol.asyncIterator]()
          },
          part: (part) =>
            part.type === 'finish'
              ? {
                  ...part,
                  timings: { ...part.timings, waiting: waiting + (part.timings.waiting ?? 0) },
                }
              : part,
          end() {
            if (slot !== undefined) pool.give(slot)
          },
        })
      },
    })
  }
}
