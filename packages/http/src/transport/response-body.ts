import { createParser } from 'eventsource-parser'
import { NanoError } from '@nano/core'

/**
 * Characters of one event or line; a reply's tokens never come near it, and a body without end
 * does.
 */
export const longestEvent = 16 * 1024 * 1024

/** The bytes of a body as they come. */
export interface Chunks {
  /** The next ones, or nothing at the end. */
  next(): Promise<Uint8Array | undefined>
  /** Closes the connection where the body is not over, which is how a server learns to stop. */
  leave(): void
}

export function chunks(response: Response): Chunks {
  const reader = response.body?.getReader()
  let over = reader === undefined
  return {
    async next() {
      const { value, done } = (await reader?.read()) ?? { done: true }
      over = done
      return value
    },
    leave() {
      if (reader && !over) void leave(reader)
    },
  }
}

/** Milliseconds for the end of a body to follow its last words. */
const grace = 20

/**
 * Closes the connection, unless the body is over with the next bytes: then the next request can
 * have it.
 */
async function leave(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), grace)
  })
  const ended = await Promise.race([
    late,
    reader.read().then(
      ({ done }) => done,
      () => true,
    ),
  ])
  clearTimeout(timer)
  if (!ended) await reader.cancel().catch(() => {})
}

/**
 * The whole text of a body, as much of it as `limit` characters; `cut` says that there was more.
 */
export async function whole(
  response: Response,
  limit: number,
): Promise<{ readonly text: string; readonly cut: boolean }> {
  const utf8 = new TextDecoder()
  let text = ''
  const source = chunks(response)
  try {
    for (let bytes = await source.next(); bytes; bytes = await source.next()) {
      text += utf8.decode(bytes, { stream: true })
      if (text.length > limit) return { text: text.slice(0, limit), cut: true }
    }
    return { text: text + utf8.decode(), cut: false }
  } finally {
    source.leave()
  }
}

/** Text in, the texts of what is complete out. */
export interface Cutter {
  push(text: string): readonly string[]
  /** What the end of the body completes. */
  end(): readonly string[]
}

/** The `data` of server-sent events; comments and other fields are dropped. */
export function events(who: string): Cutter {
  let ready: string[] = []
  let endless = false
  const parser = createParser({
    maxBufferSize: longestEvent,
    onEvent: ({ data }) => void ready.push(data),
    onError: ({ type }) => void (endless ||= type === 'max-buffer-size-exceeded'),
  })
  function push(text: string): readonly string[] {
    parser.feed(text)
    if (endless) throw tooLong(who)
    const complete = ready
    ready = []
    return complete
  }
  return { push, end: () => push('\n\n') }
}

/** Lines, of which each is one JSON text. */
export function lines(who: string): Cutter {
  let held = ''
  return {
    push(text) {
      // Only what is new can hold a line's end: a long line in many chunks is not searched again
      // and again.
      if (!text.includes('\n')) {
        held += text
        if (held.length > longestEvent) throw tooLong(who)
        return []
      }
      const complete = (held + text).split('\n')
      held = complete.pop() ?? ''
      return complete.filter((line) => line.trim() !== '')
    },
    end() {
      const rest = held
      held = ''
      return rest.trim() === '' ? [] : [rest]
    },
  }
}

export function tooLong(who: string): NanoError {
  return new NanoError(
    'bad-output',
    `${who}: the server sent more than ${longestEvent} characters and no end of them, and was left`,
  )
}
