import { cpus } from 'node:os'

/** Begins to count, and gives how many cores other processes have used since then, on average. */
export function countBusyCores(): () => number {
  const startedAt = performance.now()
  const startTime = cpuTimeOfOthers()
  return () => (cpuTimeOfOthers() - startTime) / (performance.now() - startedAt)
}

/** Milliseconds for which the cores have computed for others than this process. */
function cpuTimeOfOthers(): number {
  const ownTime = process.cpuUsage()
  const allTime = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys, 0)
  return allTime - (ownTime.user + ownTime.system) / 1_000
}
