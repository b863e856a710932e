import type { ThreadCounts } from '@nano/core/driver'
import type { Llama } from '../runtime.ts'
import { findSharedThreads } from '../threads/shared-threads.ts'
import { orderBatch } from './batch-scheduler.ts'

/** Gives each batch of one model the threads that it is fastest with. */
export interface BatchThreads {
  /** Says how many those are; can be changed between two batches. */
  counts: ThreadCounts
  /** The most threads that a batch can have. */
  readonly maxCount: number
  /** Notes whether the model computes something. */
  setBusy(isBusy: boolean): void
  /** Makes a context: it never has more threads than the runtime allows at that moment. */
  makeContext<T>(make: () => Promise<T>): Promise<T>
  /** Sets the threads of a batch of so many tokens, which the runtime is about to compute. */
  setFor(tokens: number): void
}

interface BatchThreadsOptions {
  readonly llama: Llama
  readonly counts: ThreadCounts
  /** Requests that decode together. */
  readonly parallel: number
}

export function batchThreads({ llama, counts, parallel }: BatchThreadsOptions): BatchThreads {
  const { busyModels, newCounts } = findSharedThreads(llama)
  // The same for all models, so that the runtime gives each the same share.
  const maxCount = Math.max(llama.cpuMathCores, ...Object.values(counts))
  const threads: BatchThreads = {
    counts,
    maxCount,
    setBusy(isBusy) {
      if (isBusy) busyModels.add(threads)
      else busyModels.delete(threads)
    },
    async makeContext(make) {
      newCounts.push(maxCount)
      // 0 is no limit.
      if (llama.maxThreads > 0) llama.maxThreads = Math.max(llama.maxThreads, maxCount)
      try {
        return await make()
      } finally {
        newCounts.splice(newCounts.indexOf(maxCount), 1)
      }
    },
    setFor(tokens) {
      const { prefill, decode, decodeTogether } = threads.counts
      const count = tokens === 1 ? decode : tokens <= parallel ? decodeTogether : prefill
      llama.maxThreads = Math.max(count * Math.max(1, busyModels.size), ...newCounts)
    },
  }
  return threads
}

/** Orders each batch for the runtime, and gives it its threads. */
export function prepareBatches(threads: BatchThreads): typeof orderBatch {
  return (batch) => {
    const items = orderBatch(batch)
    threads.setFor(items.reduce((sum, { processAmount }) => sum + processAmount, 0))
    return items
  }
}
