import { chunks, type Cutter } from './response-body.ts'

/**
 * What a streamed answer says, as it comes: no generator, because one more for each token would
 * cost what all the rest does.
 */
export interface Values {
  /**
   * The JSON values of what came next, at least one; nothing at the end. What was said before a
   * failure is given out first.
   */
  next(): Promise<readonly unknown[] | undefined>
  /** The reply has ended: what may follow, such as usage, is waited for no longer than a second. */
  ended(): void
  /** Closes the connection, unless the answer is over. */
  leave(): void
}

export interface StreamedOptions {
  /** Asks, when the first values are wanted. */
  ask(): Promise<{ readonly response: Response; readonly cutter: Cutter }>
  /** Throws for a text that is no value, and for an error. */
  read(text: string): unknown
  /** What a failure is to its reader. */
  explain(cause: unknown): unknown
}

/** Milliseconds. */
const afterEnd = 1_000

/** The values of an answer until it ends or says `[DONE]`. */
export function streamed({ ask, read, explain }: StreamedOptions): Values {
  const utf8 = new TextDecoder()
  let opened: { readonly source: ReturnType<typeof chunks>; readonly cutter: Cutter } | undefined
  let over = false
  let failure: { readonly cause: unknown } | undefined
  /** Comes when nothing more is waited for. */
  let late: Promise<undefined> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  async function begin(): Promise<NonNullable<typeof opened>> {
    const { response, cutter } = await ask()
    return (opened = { source: chunks(response), cutter })
  }

  function valuesOf(texts: readonly string[]): readonly unknown[] {
    const values: unknown[] = []
    try {
      for (const text of texts) {
        over = text === '[DONE]'
        if (over) break
        values.push(read(text))
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
        const { source, cutter } = opened ?? (await begin())
        while (!over) {
          const bytes = await (late ? Promise.race([source.next(), late]) : source.next())
          const values = valuesOf(
            bytes
              ? cutter.push(utf8.decode(bytes, { stream: true }))
              : [...cutter.push(utf8.decode()), ...cutter.end()],
          )
          over ||= bytes === undefined
          if (values.length > 0) return values
        }
        return undefined
      } catch (cause) {
        throw explain(cause)
      }
    },
    ended() {
      late ??= new Promise((resolve) => {
        timer = setTimeout(() => resolve(undefined), afterEnd)
      })
    },
    leave() {
      clearTimeout(timer)
      opened?.source.leave()
    },
  }
}
