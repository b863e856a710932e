import type { ThreadCounts } from '@nano/core/driver'

/** The same count for every batch. */
export function sameThreads(count: number): ThreadCounts {
  return { prefill: count, decode: count, decodeTogether: count }
}
