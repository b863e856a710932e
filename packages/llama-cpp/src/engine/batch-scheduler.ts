import type { ThreadCounts } from '@nano/core/driver'
import type { Llama, Token } from '../runtime.ts'
import { findSharedThreads } from '../threads/shared-threads.ts'

/** Decides which requests of one context decode in the next batch. */
export interface BatchScheduler {
  /** A place for one request, which makes one call at a time. */
  join(): BatchMember
}

/** The place of one request. Others wait for it while it keeps up, until it leaves. */
interface BatchMember {
  /** Runs a call of the runtime that decodes one token, in one batch with those of the others. */
  decode<T>(call: () => Promise<T>): Promise<T>
  /**
   * Runs a call of the runtime that reads so many tokens of a prompt, once a batch has room for
   * them: first come, first served. Rejects with `signal.reason` on abort while it waits.
   */
  read<T>(tokens: number, signal: AbortSignal, call: () => Promise<T>): Promise<T>
  leave(): void
}

interface Member {
  /** Took part in the last batch, or has made a call since. */
  keepsUp: boolean
  /** Has a call in the queue. */
  isWaiting: boolean
}

/** A call that waits for its batch. */
interface QueuedCall {
  readonly member: Member
  /** Tokens of a prompt; 0 for a call that decodes. */
  readonly tokens: number
  readonly start: () => void
}

/** A batch that starts in a microtask if it is complete, else after a turn of the event loop. */
interface PlannedBatch {
  /** Every member that keeps up has a call in the queue. */
  readonly isComplete: boolean
}

/**
 * A batch costs nearly the same for eight sequences as for one, and the runtime decodes whatever is
 * queued when a batch ends. Requests out of step would decode in two alternating batches, at half
 * the speed, so they wait for each other here. Nobody waits for a slow reader: a request that is
 * not back within a turn of the event loop does not count until it is.
 *
 * `size` bounds the prompt tokens in one batch, because the other requests' tokens wait for them.
 */
export function batchScheduler(size: number): BatchScheduler {
  const members = new Set<Member>()
  let queue: QueuedCall[] = []
  /** Calls of the current batch that have not returned. */
  let runningCount = 0
  let plannedBatch: PlannedBatch | undefined

  function planBatch(): void {
    if (runningCount > 0 || queue.length === 0) return
    let isComplete = true
    for (const { keepsUp, isWaiting } of members) if (keepsUp && !isWaiting) isComplete = false
    if (!isComplete) plannedBatch ??= schedule({ isComplete }, setImmediate)
    // Requests whose calls ended together come back one after another, within microtasks.
    else if (!plannedBatch?.isComplete) plannedBatch = schedule({ isComplete }, queueMicrotask)
  }

  function schedule(batch: PlannedBatch, callLater: (start: () => void) => void): PlannedBatch {
    callLater(() => {
      if (plannedBatch === batch) startBatch()
    })
    return batch
  }

  function startBatch(): void {
    plannedBatch = undefined
    if (runningCount > 0) return
    for (const member of members) member.keepsUp = member.isWaiting
    let room = size
    let isFull = false
    const calls = queue
    queue = []
    for (const call of calls) {
      // A short prompt does not overtake a long one that waits.
      if (call.tokens > room) isFull = true
      if (call.tokens > 0 && isFull) {
        queue.push(call)
        continue
      }
      room -= call.tokens
      call.member.isWaiting = false
      runningCount++
      call.start()
    }
  }

  function enqueue(member: Member, tokens: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const call: QueuedCall = {
        member,
        tokens: Math.min(tokens, size),
        start() {
          signal?.removeEventListener('abort', leave)
          resolve()
        },
      }
      const leave = () => {
        queue.splice(queue.indexOf(call), 1)
        Object.assign(member, { isWaiting: false, keepsUp: false })
        reject(signal?.reason as Error)
        planBatch()
      }
      if (signal?.aborted) return reject(signal.reason as Error)
      signal?.addEventListener('abort', leave, { once: true })
      Object.assign(member, { isWaiting: true, keepsUp: true })
      queue.push(call)
      planBatch()
    })
  }

  /** Counts a batch of this request as running where no other request is there; says whether. */
  function startAlone(member: Member): boolean {
    if (members.size > 1 || runningCount > 0) return false
    member.keepsUp = true
    runningCount++
    return true
  }

  async function run<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } finally {
      runningCount--
      planBatch()
    }
  }

  return {
    join() {
      const member: Member = { keepsUp: false, isWaiting: false }
      members.add(member)
      return {
        async decode(call) {
          if (!startAlone(member)) await enqueue(member, 0)
          return run(call)
        },
        async read(tokens, signal, call) {
          await enqueue(member, tokens, signal)
          return run(call)
        },
        leave() {
          members.delete(member)
          planBatch()
        },
      }
    },
  }
}

/** A call that the runtime has queued for its next batch. */
interface BatchItem {
  readonly tokens: readonly Token[]
  /** The index of the sequence. */
  readonly evaluationPriority: number
}

interface BatchOptions {
  readonly items: readonly BatchItem[]
  /** Tokens that fit. */
  readonly size: number
}

/**
 * The order of a batch: by the index of the sequence. llama.cpp computes sequences together only
 * where each follows the one before: eight at once in any order took half as long again.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/src/llama-batch.cpp `split_equal`
 */
export function orderBatch({
  items,
  size,
}: BatchOptions): { readonly item: BatchItem; readonly processAmount: number }[] {
  const batch = []
  let freeTokens = size
  for (const item of items.toSorted((a, b) => a.evaluationPriority - b.evaluationPriority)) {
    const processAmount = Math.min(item.tokens.length, freeTokens)
    freeTokens -= processAmount
    if (processAmount > 0) batch.push({ item, processAmount })
  }
  return batch
}

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
