import type { Steps } from '@nano/core/driver'

/** Milliseconds for which steps are done without a look at the time. */
const turnLength = 1

/** Where other programs share the cores, a step takes some times as long: the best run counts. */
const maxRuns = 10
/** Milliseconds. A run that is as short needs no other. */
const shortTurn = 18

/**
 * Milliseconds that work blocks its thread at a time, where it may rest after each step. The clock
 * counts when other programs have the core, and the CPU time what other threads of the process do,
 * such as collecting garbage: the smaller of both counts.
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
    const [startedAt, usageBefore] = [performance.now(), process.cpuUsage()]
    const endsAt = startedAt + turnLength
    while (!isDone && performance.now() < endsAt) isDone = steps.next().done === true
    const { user, system } = process.cpuUsage(usageBefore)
    longest = Math.max(longest, Math.min((user + system) / 1_000, performance.now() - startedAt))
  }
  return longest
}
