import { setTimeout } from 'node:timers/promises'

/** Milliseconds by which a timer of the event loop fires late. */
interface EventLoopDelay {
  readonly median: number
  readonly percentile99: number
  readonly largest: number
}

/** Milliseconds between two looks at the clock. */
const interval = 5
/** Milliseconds for which the idle event loop is measured. */
const idleTime = 2_000

/** Milliseconds: the longest delay at p99 that is allowed. */
const maxDelay = 20

/** Heads of the cells that `compareEventLoopDelay` gives. */
export const eventLoopDelayHead = ['p50', 'p99', 'largest', `p99, of ${maxDelay} ms`] as const

/**
 * How late the event loop is during `work`, as cells of a table: relative to an idle event loop,
 * and in the last one to `maxDelay`.
 */
export async function compareEventLoopDelay(
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const idleDelay = await measureEventLoopDelay(() => setTimeout(idleTime))
  const busyDelay = await measureEventLoopDelay(work)
  return [
    (busyDelay.median / idleDelay.median).toFixed(1),
    (busyDelay.percentile99 / idleDelay.percentile99).toFixed(1),
    (busyDelay.largest / idleDelay.largest).toFixed(1),
    (busyDelay.percentile99 / maxDelay).toFixed(2),
  ]
}

async function measureEventLoopDelay(work: () => Promise<unknown>): Promise<EventLoopDelay> {
  const delays: number[] = []
  let lastTickAt = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    delays.push(Math.max(0, now - lastTickAt - interval))
    lastTickAt = now
  }, interval)
  await work()
  // An event loop that was blocked to the end looks at the clock once more.
  await setTimeout(2 * interval)
  clearInterval(timer)
  const sortedDelays = delays.toSorted((a, b) => a - b)
  const percentile = (share: number) =>
    sortedDelays[Math.floor((sortedDelays.length - 1) * share)] ?? NaN
  return { median: percentile(0.5), percentile99: percentile(0.99), largest: percentile(1) }
}
