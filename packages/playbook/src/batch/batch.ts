import { type Model, NanoError } from '@nano/core'
import { countTokens } from '../count-tokens.ts'
import type { BatchItem, BatchResult } from './batch-item.ts'
import { type ConcurrencyLevel, concurrencySearch, fixedConcurrency } from './concurrency-search.ts'
import { parseBatchOptions } from './options.ts'
import { requestRunner } from './request-runner.ts'

/** How a batch ended. */
export interface BatchSummary {
  /** Results, those with an error included. */
  readonly finished: number
  /** Results with an error. */
  readonly failed: number
  /** Tokens of prompts and replies that were paid for; replies that failed are not counted. */
  readonly tokens: number
  /** False where the `tokenLimit` was reached first: some requests have no result. */
  readonly isComplete: boolean
  /** What was measured of the requests at once; empty where `concurrency` is a number. */
  readonly levels: readonly ConcurrencyLevel[]
}

/** How far a batch is. */
export interface BatchProgress extends Omit<BatchSummary, 'isComplete' | 'levels'> {
  /** Requests that are with the model now. */
  readonly running: number
  /** The most of them now. */
  readonly concurrency: number
  /** Milliseconds that all requests still wait because a server has asked for it. */
  readonly coolDown: number
}

/** Options of `batch()`. */
export interface BatchOptions {
  /**
   * Requests at once, 1 or more. Without a number, those that give the most tokens per second are
   * found while the batch goes on, with at most a tenth of it where `total` is known: at most `max`
   * of them, 256 by default, and so many that 95 of 100 replies have their first answer within
   * `firstAnswer` milliseconds, and a token within `betweenTokens` after the one before.
   */
  readonly concurrency?:
    | number
    | {
        readonly max?: number
        readonly firstAnswer?: number
        readonly betweenTokens?: number
      }
  /** How many requests there are, where that is known. */
  readonly total?: number
  /**
   * `finished`, the default: each result as soon as it is there. `input`: in the order of the
   * requests; one that takes long then holds up those that are far behind it.
   */
  readonly order?: 'finished' | 'input'
  /** Calls for one request whose errors say that it may succeed later, 1 or more; 5 by default. */
  readonly attempts?: number
  /** Milliseconds before the second call; doubles after each. An error may ask for another time. */
  readonly delay?: number
  /** Milliseconds, 60,000 by default: a request that should wait longer fails. */
  readonly maxDelay?: number
  /**
   * Tokens, of prompts and replies together, after which no request starts any more. Those that are
   * with the model then go on to their end.
   */
  readonly tokenLimit?: number
  /** Ends the batch: it throws `signal.reason`, once no request is with the model any more. */
  readonly signal?: AbortSignal
  /** Called after each result. An error that it throws ends the batch. */
  readonly onProgress?: (progress: BatchProgress) => void
}

/** How many results wait in memory for an earlier one, for each request at once. */
const windowPerRequest = 16

/**
 * Runs requests through a model and yields what became of each. An error of one request is its
 * result and ends nothing else; a server that asks one request to wait makes all wait. Requests are
 * taken from `items` as they are needed, so a batch of any length takes the same memory. Leaving
 * the loop stops the requests that are with the model.
 *
 * Throws `signal.reason` on abort, `closed` for a model that is closed, `invalid-request` for
 * options that are not valid, and what `items` throws. The generator returns a summary.
 */
export async function* batch(
  model: Model,
  items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
  options: BatchOptions = {},
): AsyncGenerator<BatchResult, BatchSummary, void> {
  const {
    concurrency,
    order,
    total = Infinity,
    tokenLimit = Infinity,
    signal,
    ...pauses
  } = parseBatchOptions(options)
  const end = new AbortController()
  const search =
    typeof concurrency === 'number'
      ? fixedConcurrency(concurrency)
      : concurrencySearch({ ...concurrency, total })
  const runner = requestRunner(model, { ...pauses, search, signal: end.signal })
  const source = toAsyncIterator(items)
  /** Results that wait to be yielded, by the place of their request. */
  const results = new Map<number, BatchResult>()
  const running = new Set<Promise<void>>()
  const counts = { finished: 0, failed: 0, tokens: 0 }
  let nextItem: Promise<void> | undefined
  let [taken, yielded] = [0, 0]
  let isOver = false
  let failure: { readonly error: unknown } | undefined
  let wake = () => {}
  const onAbort = () => {
    end.abort(signal?.reason)
    wake()
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted) onAbort()

  const fail = (error: unknown) => {
    failure ??= { error }
  }

  function start(item: BatchItem): void {
    const place = taken++
    const run = runner
      .run(item)
      .then((result) => {
        results.set(place, result)
        counts.finished++
        if (result.error) counts.failed++
        if (result.reply) counts.tokens += countTokens(result.reply)
        options.onProgress?.({
          ...counts,
          running: running.size - 1,
          concurrency: search.concurrency,
          coolDown: runner.coolDown,
        })
      })
      .catch(fail)
      .finally(() => {
        running.delete(run)
        wake()
      })
    running.add(run)
  }

  function takeItem(): void {
    nextItem = source
      .next()
      .then(({ value, done }) => {
        if (done) isOver = true
        else start(value)
      })
      .catch(fail)
      .finally(() => {
        nextItem = undefined
        wake()
      })
  }

  function takeResult(): BatchResult | undefined {
    const place = order === 'input' ? yielded : results.keys().next().value
    const result = place === undefined ? undefined : results.get(place)
    if (place !== undefined && result) {
      results.delete(place)
      yielded++
    }
    return result
  }

  const canStart = () =>
    !isOver &&
    !nextItem &&
    counts.tokens < tokenLimit &&
    // A result that nobody has taken yet would be lost with the process.
    running.size + (order === 'finished' ? results.size : 0) < search.concurrency &&
    taken - yielded < windowPerRequest * search.concurrency

  try {
    for (;;) {
      if (failure) throw failure.error
      end.signal.throwIfAborted()
      if (canStart()) takeItem()
      const result = takeResult()
      if (result) yield result
      else if (running.size === 0 && !nextItem && !canStart()) break
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
    const isComplete = isOver || (await source.next()).done === true
    return { ...counts, isComplete, levels: search.levels }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    end.abort(new NanoError('closed', 'the batch was left'))
    await Promise.allSettled(running)
    const leaving = source.return?.()
    // A source that is asked for an item may never answer.
    if (!nextItem) await leaving
    else leaving?.catch(() => {})
  }
}

function toAsyncIterator<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterator<T> {
  if (Symbol.asyncIterator in items) return items[Symbol.asyncIterator]()
  const iterator = items[Symbol.iterator]()
  return {
    next: async () => iterator.next(),
    async return() {
      return iterator.return?.() ?? { done: true, value: undefined }
    },
  }
}
