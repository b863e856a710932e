import { NanoError } from '@nano/core'
import { type Cutter, events, lines, longestEvent, tooLong, whole } from './response-body.ts'
import { fromBody, fromConnection, fromStatus, type Speaker } from './server-error.ts'
import { overLiveConnection } from './stale-socket.ts'
import { patient } from './undici-timeouts.ts'
import { secretsOf } from './secrets.ts'
import { streamed, type Values } from './value-stream.ts'

/**
 * One server, over HTTP: JSON there, JSON or a stream of it back. Every failure is a `NanoError`,
 * or the reason of an abort.
 */
export interface Wire {
  readonly who: string
  readonly host: string
  get(path: string, signal: AbortSignal): Promise<unknown>
  /** Whether a question without a body is answered well, whatever the answer says. */
  ping(path: string, signal: AbortSignal): Promise<void>
  post(path: string, body: object, signal: AbortSignal): Promise<unknown>
  /** Asks when the first values are wanted. */
  stream(path: string, body: object, signal: AbortSignal): Values
}

export interface WireOptions {
  /** For messages. */
  readonly who: string
  /** Without `/v1` and without a slash at its end. */
  readonly url: string
  readonly apiKey?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** Characters of an error's body that are read; what explains comes first. */
const longestError = 64 * 1024

export function wire({ who, url, apiKey, headers = {}, fetch }: WireOptions): Wire {
  const { host } = new URL(url)
  const own = new Headers({
    accept: 'application/json, text/event-stream, application/x-ndjson',
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    ...headers,
  })
  const keys = [...(apiKey === undefined ? [] : [apiKey]), ...Object.values(headers)]

  async function send(
    path: string,
    { body, signal }: { readonly body?: object | undefined; readonly signal: AbortSignal },
  ): Promise<Response> {
    signal.throwIfAborted()
    const sent = new Headers(own)
    if (body) sent.set('content-type', 'application/json')
    const init: RequestInit = {
      method: body ? 'POST' : 'GET',
      headers: sent,
      signal,
      ...(body && { body: JSON.stringify(body) }),
      ...(!fetch && patient()),
    }
    const speaker = (): Speaker => ({ who, host, secrets: [...keys, ...secretsOf(body)] })
    const response = await attempt(
      signal,
      () => overLiveConnection(() => (fetch ?? globalThis.fetch)(url + path, init)),
      (cause) => fromConnection(speaker(), cause, 'connecting'),
    )
    if (response.ok) return response
    const { text } = await attempt(
      signal,
      () => whole(response, longestError),
      (cause) => fromConnection(speaker(), cause, 'reading'),
    )
    throw fromStatus(speaker(), response.status, { headers: response.headers, body: text })
  }

  /** A value the server sent, unless that is an error. */
  function accepted(value: unknown, body: object | undefined): unknown {
    const error = fromBody(value, () => ({ who, host, secrets: [...keys, ...secretsOf(body)] }))
    if (error) throw error
    return value
  }

  async function json(
    path: string,
    options: { readonly body?: object; readonly signal: AbortSignal },
  ): Promise<unknown> {
    const response = await send(path, options)
    assertNoPage(who, host, response)
    const { text, cut } = await attempt(
      options.signal,
      () => whole(response, longestEvent),
      (cause) => fromConnection({ who, host, secrets: [] }, cause, 'reading'),
    )
    if (cut) throw tooLong(who)
    return accepted(value(who, text), options.body)
  }

  return {
    who,
    host,
    get: (path, signal) => json(path, { signal }),
    async ping(path, signal) {
      await whole(await send(path, { signal }), longestError)
    },
    post: (path, body, signal) => json(path, { body, signal }),

    stream: (path, body, signal) =>
      streamed({
        async ask() {
          const response = await send(path, { body, signal })
          assertNoPage(who, host, response)
          return { response, cutter: cutterFor(response, who) }
        },
        read: (text) => accepted(value(who, text), body),
        explain: (cause) =>
          explained(cause, signal, () =>
            fromConnection({ who, host, secrets: [] }, cause, 'reading'),
          ),
      }),
  }
}

/**
 * What fails because of an abort fails with its reason; what fails otherwise, as `explain` says.
 */
async function attempt<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
  explain: (cause: unknown) => NanoError,
): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw explained(cause, signal, () => explain(cause))
  }
}

function explained(cause: unknown, signal: AbortSignal, explain: () => NanoError): unknown {
  if (signal.aborted) return signal.reason
  return NanoError.is(cause) ? cause : explain()
}

function typeOf({ headers }: Response): string {
  return headers.get('content-type') ?? ''
}

/** Proxies and web interfaces answer with pages, and with 200. */
function assertNoPage(who: string, host: string, response: Response): void {
  if (!/html/i.test(typeOf(response))) return
  void response.body?.cancel().catch(() => {})
  throw new NanoError(
    'bad-output',
    `${who}: ${host} answered with a page of HTML where JSON was expected. Is this the address of the server itself, and not of a web interface or a proxy?`,
  )
}

function cutterFor(response: Response, who: string): Cutter {
  const type = typeOf(response)
  if (/ndjson|jsonl|json-seq/i.test(type)) return lines(who)
  return /json/i.test(type) ? oneText(who) : events(who)
}

/** A server that does not stream answers with one JSON text, over as many lines as it likes. */
function oneText(who: string): Cutter {
  let held = ''
  return {
    push(text) {
      held += text
      if (held.length > longestEvent) throw tooLong(who)
      return []
    },
    end: () => (held.trim() === '' ? [] : [held]),
  }
}

function value(who: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message shows what it could not parse, which may be what the caller wrote.
    throw new NanoError(
      'bad-output',
      `${who}: the server sent ${text.length} characters that are not JSON`,
      { retryable: true },
    )
  }
}
