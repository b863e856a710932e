import type { Middleware } from '../driver.ts'
import { slots } from '../slots.ts'
import { checkNumbers } from './check.ts'
import { forward } from './forward.ts'

/**
 * At most `size` streams at once; the rest wait, first come first served.
 * A slot is held until its stream ends, and `timings.waiting` says how long it was waited for.
 */
export function limit(size: number): Middleware {
  checkNumbers('limit', { size: { value: size, least: 1, whole: true } })
  return (inner) => {
    const pool = slots(Array.from({ length: size }, (_, slot) => slot))
    return forward(inner, `limit[${size}]`, {
      async *stream(request, call) {
        const asked = performance.now()
        const slot = await pool.take(call.signal)
        const waiting = performance.now() - asked
        try {
          for await (const part of inner.stream(request, call)) {
            yield part.type === 'finish' ? { ...part, timings: { ...part.timings, waiting: waiting + (part.timings.waiting ?? 0) } } : part
          }
        } finally {
          pool.give(slot)
        }
      },
    })
  }
}
