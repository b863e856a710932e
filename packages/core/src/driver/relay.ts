import type { Part } from '../part.ts'

/** What a relay does beside letting parts through. */
export interface Relay {
  /**
   * Gives the source at the first read. What it throws is what the reader gets; `end` is called
   * then, too.
   */
  start(): Promise<AsyncIterator<Part>>
  /** Called before each step of the source. */
  before?(): void
  /** Each part on its way, to be changed or only seen. */
  part?(part: Part): Part
  /** Called once: when the source has ended or failed, or was left. */
  end?(): void
}

/**
 * A stream that lets the parts of another through. A generator costs three promises a part; this
 * costs one.
 */
export function relay({ start, before, part, end = () => {} }: Relay): AsyncIterableIterator<Part> {
  let source: AsyncIterator<Part> | undefined
  let starting: Promise<unknown> | undefined
  /** The reader has left, or there is nothing more to read. */
  let over = false
  let ended = false

  function finish(): void {
    over = true
    if (!ended) end()
    ended = true
  }

  function settle(result: IteratorResult<Part>): IteratorResult<Part> {
    if (result.done) finish()
    else if (part) {
      const value = part(result.value)
      if (value !== result.value) return { done: false, value }
    }
    return result
  }

  function fail(error: unknown): never {
    finish()
    // A reader does not leave what has failed. Not waited for: what failed may never return.
    void source?.return?.().catch(() => {})
    throw error
  }

  async function begin(): Promise<IteratorResult<Part>> {
    const begun = start()
    starting = begun
    try {
      source = await begun
    } catch (error) {
      fail(error)
    }
    // Left while it started: what was started is left again, and nobody reads it.
    if (over) {
      await source.return?.()
      return { done: true, value: undefined }
    }
    return advance(source)
  }

  function advance(from: AsyncIterator<Part>): Promise<IteratorResult<Part>> {
    before?.()
    return from.next().then(settle, fail)
  }

  function next(): Promise<IteratorResult<Part>> {
    if (over) return Promise.resolve({ done: true, value: undefined })
    if (source) return advance(source)
    return starting ? starting.then(next, next) : begin()
  }

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next,
    async return() {
      over = true
      try {
        if (source) await source.return?.()
        else await starting?.catch(() => {})
      } finally {
        // Not before the source has let go: a slot is free when nobody uses it.
        finish()
      }
      return { done: true, value: undefined }
    },
  }
}
