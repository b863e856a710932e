import type { BatchItem } from './batch-item.ts'

/** The requests of a batch, as the batch takes them. */
export interface ItemSource {
  /** There are no more of them, or reading them has failed. */
  readonly hasEnded: boolean
  /** The next one; `undefined` at the end. Throws a `TypeError` for one that is no request. */
  next(): Promise<BatchItem | undefined>
  /** Tells the iterable that nobody asks any more, unless it has ended by itself. */
  close(): Promise<void>
}

/** Throws a `TypeError` with advice for `items` that are no iterable of requests. */
export function itemSource(items: Iterable<BatchItem> | AsyncIterable<BatchItem>): ItemSource {
  const iterator = toAsyncIterator(items)
  let hasEnded = false

  async function askIterator(): Promise<IteratorResult<BatchItem, unknown>> {
    try {
      return await iterator.next()
    } catch (error) {
      hasEnded = true
      throw error
    }
  }

  return {
    get hasEnded() {
      return hasEnded
    },
    async next() {
      const step = await askIterator()
      if (step.done) {
        hasEnded = true
        return undefined
      }
      checkItem(step.value)
      return step.value
    },
    async close() {
      if (hasEnded) return
      hasEnded = true
      await iterator.return?.()
    },
  }
}

function toAsyncIterator(
  items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
): AsyncIterator<BatchItem> {
  checkIterable(items)
  if (Symbol.asyncIterator in items) return items[Symbol.asyncIterator]()
  const iterator = items[Symbol.iterator]()
  return {
    next: async () => iterator.next(),
    async return() {
      return iterator.return?.() ?? { done: true, value: undefined }
    },
  }
}

const itemExample = "{ id: 'a', input: 'What is 4812 + 977?' }"

function checkIterable(items: unknown): void {
  const isIterable =
    typeof items === 'object' &&
    items !== null &&
    (Symbol.asyncIterator in items || Symbol.iterator in items)
  if (!isIterable)
    throw new TypeError(
      `batch: expected an iterable of requests, got ${describeKind(items)}. ` +
        `Did you mean [${itemExample}]? batchFile() takes the path of a file.`,
    )
}

function checkItem(item: unknown): void {
  if (typeof item !== 'object' || item === null || !('id' in item))
    throw new TypeError(
      `batch: expected a request with an id, got ${describeKind(item)}. ` +
        `Did you mean ${itemExample}?`,
    )
  if (typeof item.id !== 'string')
    throw new TypeError(
      `batch: expected the id of a request to be a string, got ${describeKind(item.id)}. ` +
        `Did you mean ${itemExample}?`,
    )
  if (!('input' in item) && !('error' in item))
    throw new TypeError(
      `batch: expected a request with an input, got an object without one. ` +
        `Did you mean ${itemExample}?`,
    )
}

/** The kind of a value: what is in it may be a prompt. */
function describeKind(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
