import type { Steps } from '@nano/core/driver'

/** Milliseconds for which steps are done without a look at the time. */
const turnLength = 1

/**
 * Milliseconds of CPU time that work blocks its thread at a time, where it may rest after each
 * step. Where other programs share the cores, a step takes some times as long: the best of five
 * runs counts.
 */
export function longestTurn(beginSteps: () => Steps<unknown>): number {
  return Math.min(...Array.from({ length: 5 }, () => longestTurnOf(beginSteps())))
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
