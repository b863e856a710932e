import type { BodySplitter } from './body-splitter.ts'
import { type ByteReader, byteReader } from './byte-reader.ts'

/**
 * Reads the JSON values of a streamed response as they arrive. It is not an async generator,
 * because one more generator for each token would cost as much as all the other work.
 */
export interface ValueStream {
  /**
   * Resolves with the values of the next chunk, at least one; with nothing at the end. The values
   * that precede a failure are returned first.
   */
  next(): Promise<readonly unknown[] | undefined>
  /**
   * The reply has ended: values that may follow, such as usage, are awaited for `maxWait`
   * milliseconds, one second by default. Saying it again never lengthens the wait.
   */
  expectEnd(maxWait?: number): void
  /** The reply has not ended after all. */
  expectMore(): void
  /** Closes the connection unless the response has ended. */
  close(): void
}

export interface ValueStreamOptions {
  /** Sends the request; called by the first `next()`. */
  open(): Promise<{ readonly response: Response; readonly splitter: BodySplitter }>
  /** Throws for text that is not JSON, and for an error that the server reports. */
  parse(text: string): unknown
  /** Makes the error that a reader sees of what was thrown. */
  toError(cause: unknown): unknown
}

/** Milliseconds. */
const maxWaitAfterEnd = 1_000

/** `[DONE]` as servers write it. */
const endMark = /^"?\[done\]"?$/i
/** Gateways put the events of another server into events of their own. */
const repeatedField = /^(?:data:\s*)+/

/** The values of a response until it ends or says `[DONE]`. */
export function valueStream({ open, parse, toError }: ValueStreamOptions): ValueStream {
  const decoder = new TextDecoder()
  let source: { readonly body: ByteReader; readonly splitter: BodySplitter } | undefined
  let hasEnded = false
  let failure: { readonly cause: unknown } | undefined
  /** Resolves when values after the end of the reply are no longer awaited. */
  let waitIsOver: Promise<undefined> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  /** When `timer` ends, on the clock of `performance`. */
  let deadline = Infinity

  async function openSource(): Promise<NonNullable<typeof source>> {
    const { response, splitter } = await open()
    return (source = { body: byteReader(response), splitter })
  }

  function parseAll(texts: readonly string[]): readonly unknown[] {
    const values: unknown[] = []
    try {
      for (const text of texts) {
        const content = text.trim().replace(repeatedField, '')
        hasEnded = endMark.test(content)
        if (hasEnded) break
        // Some servers send nothing, or `null`, to keep the connection open.
        if (content !== '' && content !== 'null') values.push(parse(content))
      }
    } catch (cause) {
      if (values.length === 0) throw cause
      failure = { cause }
    }
    return values
  }

  return {
    async next() {
      try {
        if (failure) throw failure.cause
        const { body, splitter } = source ?? (await openSource())
        while (!hasEnded) {
          const bytes = await (waitIsOver ? Promise.race([body.read(), waitIsOver]) : body.read())
          const values = parseAll(
            bytes
              ? splitter.push(decoder.decode(bytes, { stream: true }))
              : [...splitter.push(decoder.decode()), ...splitter.end()],
          )
          hasEnded ||= bytes === undefined
          if (values.length > 0) return values
        }
        return undefined
      } catch (cause) {
        throw toError(cause)
      }
    },
    expectEnd(maxWait = maxWaitAfterEnd) {
      const newDeadline = performance.now() + maxWait
      // A server may repeat the end of its reply to keep the connection open.
      if (newDeadline >= deadline) return
      deadline = newDeadline
      clearTimeout(timer)
      waitIsOver = new Promise((resolve) => {
        timer = setTimeout(() => resolve(undefined), maxWait)
      })
    },
    expectMore() {
      clearTimeout(timer)
      waitIsOver = undefined
      deadline = Infinity
    },
    close() {
      clearTimeout(timer)
      source?.body.close()
    },
  }
}
