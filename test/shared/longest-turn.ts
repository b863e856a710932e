import type { Steps } from '@nano/core/driver'

/** Milliseconds for which steps are done without a look at the time. */
const turnLength = 1

/** Where other programs share the cores, a step takes some times as long: the best run counts. */
const maxRuns = 10
/** Milliseconds. A run that is as short needs no other. */
const shortTurn = 18

/**
 * Milliseconds of CPU time that work blocks its thread at a time, where it may rest after each
 * step.
 */
export function longestTurn(beginSteps: () => Steps<unknown>): number {
  let shortest = Infinity
  for (let run = 0; run < maxRuns && shortest > shortTurn; run++)
    shortest = Math.min(shortest, longestTurnOf(beginSteps()))
  return shortest
}

function longestTurnOf(steps: Steps<unknown>): number {
  let longest = 0
  for (let isDone = false; !isDone;) {
    const startedAt = process.cpuUsage()
    const endsAt = performance.now() + turnLength
    while (!isDone && performance.now() < endsAt) isDone = steps.next().done === true
    const { user, system } = process.cpuUsage(startedAt)
    longest = Math.max(longest, (user + system) / 1_000)
  }
  return longest
}
