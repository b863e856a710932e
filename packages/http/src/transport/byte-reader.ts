/** Reads the bytes of a response's body as they arrive. */
export interface ByteReader {
  /** Resolves with the next bytes, or with nothing at the end of the body. */
  read(): Promise<Uint8Array | undefined>
  /** Closes the connection unless the body has ended; a server then stops generating. */
  close(): void
}

export function byteReader(response: Response): ByteReader {
  const reader = response.body?.getReader()
  let hasEnded = reader === undefined
  return {
    async read() {
      const { value, done } = (await reader?.read()) ?? { done: true }
      hasEnded = done
      return value
    },
    close() {
      if (reader && !hasEnded) void cancelUnlessEnding(reader)
    },
  }
}

/** Milliseconds to wait for the end of a body whose last value has arrived. */
const endOfBodyWait = 20

/**
 * Closes the connection unless the next read ends the body: then the next request can reuse the
 * connection.
 */
async function cancelUnlessEnding(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeLimit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), endOfBodyWait)
  })
  const hasEnded = await Promise.race([
    timeLimit,
    reader.read().then(
      ({ done }) => done,
      () => true,
    ),
  ])
  clearTimeout(timer)
  if (!hasEnded) await reader.cancel().catch(() => {})
}

/** Reads a whole body as text, up to `maxLength` characters. */
export async function readText(
  response: Response,
  maxLength: number,
): Promise<{ readonly text: string; readonly isTruncated: boolean }> {
  const decoder = new TextDecoder()
  let text = ''
  const body = byteReader(response)
  try {
    for (let bytes = await body.read(); bytes; bytes = await body.read()) {
      text += decoder.decode(bytes, { stream: true })
      if (text.length > maxLength) return { text: text.slice(0, maxLength), isTruncated: true }
    }
    return { text: text + decoder.decode(), isTruncated: false }
  } finally {
    body.close()
  }
}
