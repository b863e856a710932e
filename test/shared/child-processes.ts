import { readFileSync } from 'node:fs'

/** Why tests that need `findChildren` are skipped; empty where they are not. */
export const missingProc = process.platform === 'linux' ? '' : ' [needs the /proc of Linux]'

/** Ids of the processes that a process has started. */
export function findChildren(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return children.trim().split(/\s+/).filter(Boolean).map(Number)
}

export function isRunning(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
