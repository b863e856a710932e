import type { Part, Timings } from '../part.ts'

/**
 * Starts a stopwatch, and gives what puts its times onto the finish of the parts that pass: first part,
 * first text, total.
 */
export function stopwatch(): (part: Part) => Part {
  const start = performance.now()
  const seen: { -readonly [Time in keyof Timings]: Timings[Time] } = {}
  return (part) => {
    if (part.type === 'finish')
      return { ...part, timings: { ...part.timings, ...seen, total: performance.now() - start } }
    seen.firstPart ??= performance.now() - start
    if (part.type === 'text') seen.firstText ??= performance.now() - start
    return part
  }
}
