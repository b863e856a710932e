import type { Part, Timings } from '../part.ts'

/**
 * Starts a stopwatch. The function it returns adds the times to the finish among the parts that it
 * is called with: first part, first text, total.
 */
export function stopwatch(): (part: Part) => Part {
  const start = performance.now()
  const times: { -readonly [Time in keyof Timings]: Timings[Time] } = {}
  return (part) => {
    if (part.type === 'finish') {
      const total = performance.now() - start
      return { ...part, timings: { ...part.timings, ...times, total } }
    }
    times.firstPart ??= performance.now() - start
    if (part.type === 'text') times.firstText ??= performance.now() - start
    return part
  }
}
