/** Milliseconds between two looks at the clock. */
const tick = 5

/**
 * How late the event loop is while work goes on: the median, the 99th percentile and the most, as
 * cells of a table.
 */
export async function lateness(
  work: () => Promise<unknown>,
): Promise<readonly [p50: string, p99: string, most: string]> {
  const late: number[] = []
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    late.push(Math.max(0, now - last - tick))
    last = now
  }, tick)
  await work()
  // A loop that was blocked to the end looks at the clock once more.
  await new Promise((resolve) => setTimeout(resolve, 2 * tick))
  clearInterval(timer)
  const sorted = late.toSorted((a, b) => a - b)
  const at = (share: number) =>
    `${(sorted[Math.floor((sorted.length - 1) * share)] ?? NaN).toFixed(1)} ms`
  return [at(0.5), at(0.99), at(1)]
}
