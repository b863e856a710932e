import { type Model, NanoError } from '@nano/core'
import { countTokens } from '../count-tokens.ts'
import type { BatchItem, BatchResult } from './batch-item.ts'
import type { BatchSummary } from './batch-summary.ts'
import { concurrencySearch, fixedConcurrency } from './concurrency-search.ts'
import type { ItemSource } from './item-source.ts'
import type { BatchOptions, ParsedBatchOptions } from './options.ts'
import { requestRunner } from './request-runner.ts'
import { resultWindow } from './result-window.ts'

/** The requests of a batch that are with the model, and their results. */
export interface RequestPool {
  /** What ends the batch. The results that are there can still be taken. */
  readonly failure: { readonly error: unknown } | undefined
  /** Nothing runs, and nothing can start any more. */
  readonly isIdle: boolean
  /** Asks for requests as long as there is room for them. */
  fill(): void
  /** The next result. Those that were taken before are taken to be safe. */
  takeResult(): BatchResult | undefined
  /** The next results, at most one for each request at once; `undefined` where there is none. */
  takeResults(): readonly BatchResult[] | undefined
  /** Resolves when a request has started or ended, and on abort. */
  waitForChange(): Promise<void>
  summarize(): BatchSummary
  /** Ends the requests that are with the model, then the source. May be called twice. */
  close(): Promise<void>
}

interface PoolOptions extends Omit<ParsedBatchOptions, 'onProgress'> {
  readonly onProgress: BatchOptions['onProgress']
}

/** How many results wait in memory for an earlier one, for each request at once. */
const windowPerRequest = 16

export function requestPool(
  model: Model,
  source: ItemSource,
  {
    concurrency,
    order,
    total = Infinity,
    tokenLimit = Infinity,
    signal,
    onProgress,
    ...pauses
  }: PoolOptions,
): RequestPool {
  const end = new AbortController()
  const search =
    typeof concurrency === 'number'
      ? fixedConcurrency(concurrency)
      : concurrencySearch({ ...concurrency, total })
  const runner = requestRunner(model, { ...pauses, search, signal: end.signal })
  const results = resultWindow(order)
  const running = new Set<Promise<void>>()
  const counts = { finished: 0, failed: 0, tokens: 0 }
  /** Results of the last call that took some, which may not be safe yet. */
  let takenCount = 0
  let nextItem: Promise<void> | undefined
  let failure: RequestPool['failure']
  let wake = () => {}
  const fail = (error: unknown) => {
    failure ??= { error }
  }
  const onAbort = () => {
    end.abort(signal?.reason)
    wake()
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted) onAbort()

  function fill(): void {
    if (canStart()) takeItem()
  }

  function takeItem(): void {
    nextItem = source
      .next()
      .then((item) => {
        if (item && !end.signal.aborted) start(item)
      })
      .catch(fail)
      .finally(() => {
        nextItem = undefined
        fill()
        wake()
      })
  }

  function start(item: BatchItem): void {
    const run: Promise<void> = runItem(item, results.addPlace())
      .catch(fail)
      .finally(() => {
        running.delete(run)
        fill()
        wake()
      })
    running.add(run)
  }

  async function runItem(item: BatchItem, place: number): Promise<void> {
    const result = await runner.run(item)
    // The batch has ended: nobody takes the result, or wants to hear of it.
    if (end.signal.aborted) return
    results.put(place, result)
    counts.finished++
    if (result.error) counts.failed++
    if (result.reply) counts.tokens += countTokens(result.reply)
    if (failure) return
    onProgress?.({
      ...counts,
      running: running.size - 1,
      concurrency: search.concurrency,
      coolDown: runner.coolDown,
    })
  }

  /**
   * Results that would be lost with the process. Those that wait for their turn are not counted:
   * one that takes long would hold up all others.
   */
  const unsafeCount = () => (order === 'finished' ? results.count + takenCount : 0)

  const canStart = () =>
    !source.hasEnded &&
    !nextItem &&
    !failure &&
    !end.signal.aborted &&
    counts.tokens < tokenLimit &&
    running.size + unsafeCount() < search.concurrency &&
    results.span < windowPerRequest * search.concurrency

  return {
    get failure() {
      return failure
    },
    get isIdle() {
      return running.size === 0 && !nextItem && !canStart()
    },
    fill,
    takeResult() {
      const result = results.take()
      takenCount = result ? 1 : 0
      return result
    },
    takeResults() {
      const taken: BatchResult[] = []
      while (taken.length < search.concurrency) {
        const result = results.take()
        if (!result) break
        taken.push(result)
      }
      takenCount = taken.length
      return taken.length > 0 ? taken : undefined
    },
    waitForChange: () =>
      new Promise((resolve) => {
        wake = resolve
      }),
    summarize: () => ({ ...counts, isComplete: source.hasEnded, levels: search.levels }),
    async close() {
      signal?.removeEventListener('abort', onAbort)
      end.abort(new NanoError('closed', 'the batch was left'))
      await Promise.allSettled(running)
      const closing = source.close()
      // A source that is asked for an item may never answer.
      if (nextItem) closing.catch(() => {})
      else await closing
    },
  }
}
