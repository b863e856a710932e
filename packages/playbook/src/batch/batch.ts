import type { Model } from '@nano/core'
import type { BatchItem, BatchResult } from './batch-item.ts'
import type { BatchSummary } from './batch-summary.ts'
import { itemSource } from './item-source.ts'
import { type BatchOptions, parseBatchOptions } from './options.ts'
import { type RequestPool, requestPool } from './request-pool.ts'

/**
 * Runs requests through a model and yields what became of each. An error of one request is its
 * result and ends nothing else; a server that asks one request to wait makes all wait. Requests are
 * taken from `items` as they are needed, so a batch of any length takes the same memory. Leaving
 * the loop stops the requests that are with the model.
 *
 * An error that every request would have ends the batch, once the results that are there are
 * yielded: `closed`, `unauthorized`, `not-found`, `bad-model`, `rate-limited` that is not
 * retryable, and a wait longer than `maxDelay` that a server asks for. So does what `items` or
 * `onProgress` throws. Throws `signal.reason` on abort, `invalid-request` for options that are not
 * valid, and a `TypeError` for items that are no requests. The generator returns a summary.
 */
export async function* batch(
  model: Model,
  items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
  options: BatchOptions = {},
): AsyncGenerator<BatchResult, BatchSummary, void> {
  return yield* runBatch(model, { items, options, take: (pool) => pool.takeResult() })
}

/** As `batch`, but yields all results that are there together, so that one write keeps them. */
export async function* batchInGroups(
  model: Model,
  items: AsyncIterable<BatchItem>,
  options: BatchOptions,
): AsyncGenerator<readonly BatchResult[], BatchSummary, void> {
  return yield* runBatch(model, { items, options, take: (pool) => pool.takeResults() })
}

interface BatchRun<T> {
  readonly items: Iterable<BatchItem> | AsyncIterable<BatchItem>
  readonly options: BatchOptions
  /** Takes what is to be yielded of the results that are there. */
  readonly take: (pool: RequestPool) => T | undefined
}

async function* runBatch<T>(
  model: Model,
  { items, options, take }: BatchRun<T>,
): AsyncGenerator<T, BatchSummary, void> {
  const parsedOptions = parseBatchOptions(options)
  const { signal } = parsedOptions
  const pool = requestPool(model, itemSource(items), {
    ...parsedOptions,
    onProgress: options.onProgress,
  })
  try {
    for (;;) {
      signal?.throwIfAborted()
      const results = take(pool)
      pool.fill()
      if (results) yield results
      else if (pool.failure) throw pool.failure.error
      else if (pool.isIdle) break
      else await pool.waitForChange()
    }
    return pool.summarize()
  } catch (error) {
    // What closing the source throws must not hide it.
    await pool.close().catch(() => {})
    throw error
  } finally {
    await pool.close()
  }
}
