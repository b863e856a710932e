import type { ThreadCounts } from '@nano/core/driver'
import type { Llama } from '../runtime.ts'

/** Gives each batch of one model the threads that it is fastest with. */
export interface BatchThreads {
  /** Says how many those are; can be changed between two batches. */
  counts: ThreadCounts
  /** The most threads that a batch can have. */
  readonly most: number
  /** Notes whether the model computes something. */
  setBusy(isBusy: boolean): void
  /** Sets the threads of a batch of so many tokens, which the runtime is about to compute. */
  setFor(tokens: number): void
}

interface BatchThreadsOptions {
  readonly llama: Llama
  readonly counts: ThreadCounts
  /** Requests that decode together. */
  readonly parallel: number
}

/** The models that compute something now. The runtime divides its threads among them. */
const busyModels = new WeakMap<Llama, Set<BatchThreads>>()

export function batchThreads({ llama, counts, parallel }: BatchThreadsOptions): BatchThreads {
  const busy = busyModels.get(llama) ?? new Set()
  busyModels.set(llama, busy)
  const threads: BatchThreads = {
    counts,
    // The same for all models, so that the runtime gives each the same share.
    most: Math.max(llama.cpuMathCores, ...Object.values(counts)),
    setBusy(isBusy) {
      if (isBusy) busy.add(threads)
      else busy.delete(threads)
    },
    setFor(tokens) {
      const { prefill, decode, decodeTogether } = threads.counts
      const count = tokens === 1 ? decode : tokens <= parallel ? decodeTogether : prefill
      llama.maxThreads = count * Math.max(1, busy.size)
    },
  }
  return threads
}
