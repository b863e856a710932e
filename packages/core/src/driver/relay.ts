import type { Part } from '../part.ts'

/** What a relay does besides passing parts on. */
export interface Relay {
  /** Gives the source at the first read. An error of it reaches the reader, after `end`. */
  start(): Promise<AsyncIterator<Part>>
  /** Called before each step of the source. */
  beforeStep?(): void
  /** Called with each part, to change it or only to see it. */
  mapPart?(part: Part): Part
  /** Called once: when the source has ended or failed, or the reader has left. */
  end?(): void
}

/**
 * A stream that passes the parts of another one on. An async generator costs three promises a part;
 * this costs one.
 */
export function relay({
  start,
  beforeStep,
  mapPart: transform,
  end = () => {},
}: Relay): AsyncIterableIterator<Part> {
  let source: AsyncIterator<Part> | undefined
  let pendingSource: Promise<unknown> | undefined
  /** The reader has left, or there is nothing more to read. */
  let isOver = false
  let hasCalledEnd = false

  function finish(): void {
    isOver = true
    if (!hasCalledEnd) end()
    hasCalledEnd = true
  }

  function settle(result: IteratorResult<Part>): IteratorResult<Part> {
    if (result.done) finish()
    else if (transform) {
      const value = transform(result.value)
      if (value !== result.value) return { done: false, value }
    }
    return result
  }

  function fail(error: unknown): never {
    finish()
    // Readers do not call `return` on a stream that failed. Not awaited: it may never settle.
    void source?.return?.().catch(() => {})
    throw error
  }

  async function startAndAdvance(): Promise<IteratorResult<Part>> {
    const opening = start()
    pendingSource = opening
    try {
      source = await opening
    } catch (error) {
      fail(error)
    }
    // The reader left while the source started, so nobody reads it.
    if (isOver) {
      await source.return?.()
      return { done: true, value: undefined }
    }
    return advance(source)
  }

  function advance(iterator: AsyncIterator<Part>): Promise<IteratorResult<Part>> {
    beforeStep?.()
    return iterator.next().then(settle, fail)
  }

  function next(): Promise<IteratorResult<Part>> {
    if (isOver) return Promise.resolve({ done: true, value: undefined })
    if (source) return advance(source)
    return pendingSource ? pendingSource.then(next, next) : startAndAdvance()
  }

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next,
    async return() {
      isOver = true
      try {
        if (source) await source.return?.()
        else await pendingSource?.catch(() => {})
      } finally {
        // Not before the source has returned: until then it uses what `end` frees.
        finish()
      }
      return { done: true, value: undefined }
    },
  }
}
