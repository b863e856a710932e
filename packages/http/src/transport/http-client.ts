import { NanoError } from '@nano/core'
import { bodySplitter, htmlError, maxValueLength, oversizedBodyError } from './body-splitters.ts'
import { readText } from './byte-reader.ts'
import { toReport } from './event-splitter.ts'
import { collectSecrets } from './secrets.ts'
import { connectionError, type ErrorContext, errorInBody, errorOfStatus } from './server-error.ts'
import { type ServerAddress, urlOfPath } from './server-address.ts'
import { retryStaleSocket } from './stale-socket.ts'
import { disableUndiciTimeouts } from './undici-timeouts.ts'
import { toWellFormedJson } from './well-formed-json.ts'
import { type ValueStream, valueStream } from './value-stream.ts'

/**
 * Sends JSON to one server and reads JSON, or a stream of it. Every failure is a `NanoError`, or
 * the reason of an abort.
 */
export interface HttpClient {
  /** Begins error messages, for example `http(qwen3-4b)`. */
  readonly label: string
  /** Host and port. */
  readonly host: string
  /** The whole address of a path. */
  url(path: string): string
  get(path: string, signal: AbortSignal): Promise<unknown>
  /** Rejects unless a GET is answered with a status of success; the body is ignored. */
  ping(path: string, signal: AbortSignal): Promise<void>
  post(path: string, body: object, signal: AbortSignal): Promise<unknown>
  /** Sends the request when the first values are read. */
  stream(path: string, body: object, signal: AbortSignal): ValueStream
}

export interface HttpClientOptions {
  /** Begins error messages, for example `http(qwen3-4b)`. */
  readonly label: string
  readonly address: ServerAddress
  readonly apiKey?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly fetch?: typeof globalThis.fetch | undefined
  /**
   * Whether a request with a body is sent again when a reused socket breaks; `true` by default. The
   * others always are.
   */
  readonly mayResend?: boolean | undefined
  /** Called for each response, and for each value of a stream. */
  readonly onActivity?: (() => void) | undefined
}

/** A value is an object or a list; any other text is reported as an error. */
const jsonStart = /^\s*[[{]/
/** Characters of an error's body that are read; the explanation comes first. */
const maxErrorLength = 64 * 1024

export function httpClient({
  label,
  address,
  apiKey,
  headers = {},
  fetch,
  mayResend = true,
  onActivity,
}: HttpClientOptions): HttpClient {
  const { host } = new URL(address.root)
  const commonHeaders = new Headers({
    accept: 'application/json, text/event-stream, application/x-ndjson',
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    ...headers,
  })
  /** A later request may reuse a socket. */
  let hasAnswered = false
  const keys = [...(apiKey === undefined ? [] : [apiKey]), ...Object.values(headers)]

  function errorContext(body: object | undefined): ErrorContext {
    return { label, host, secrets: [...keys, ...collectSecrets(body)] }
  }

  function readingError(cause: unknown): NanoError {
    return connectionError({ label, host, secrets: [] }, cause, 'reading')
  }

  async function send(
    path: string,
    { body, signal }: { readonly body?: object | undefined; readonly signal: AbortSignal },
  ): Promise<Response> {
    signal.throwIfAborted()
    const requestHeaders = new Headers(commonHeaders)
    if (body) requestHeaders.set('content-type', 'application/json')
    const init: RequestInit = {
      method: body ? 'POST' : 'GET',
      headers: requestHeaders,
      signal,
      ...(body && { body: toWellFormedJson(body) }),
      ...(!fetch && disableUndiciTimeouts()),
    }
    const response = await explainFailure(
      () =>
        retryStaleSocket(() => (fetch ?? globalThis.fetch)(urlOfPath(address, path), init), {
          hasAnswered,
          mayResend: mayResend || !body,
        }),
      { signal, toError: (cause) => connectionError(errorContext(body), cause, 'connecting') },
    )
    hasAnswered = true
    onActivity?.()
    if (response.ok) return response
    const { text } = await explainFailure(() => readText(response, maxErrorLength), {
      signal,
      toError: readingError,
    })
    throw errorOfStatus(errorContext(body), response.status, {
      path: new URL(urlOfPath(address, path)).pathname,
      headers: response.headers,
      body: text,
    })
  }

  /** Parses a value that the server sent; throws where the value reports an error. */
  function parseValue(text: string, body: object | undefined): unknown {
    const value = parseJson(text, label)
    const error = errorInBody(value, () => errorContext(body))
    if (error) throw error
    return value
  }

  async function fetchJson(
    path: string,
    options: { readonly body?: object; readonly signal: AbortSignal },
  ): Promise<unknown> {
    const response = await send(path, options)
    const { text, isTruncated } = await explainFailure(() => readText(response, maxValueLength), {
      signal: options.signal,
      toError: readingError,
    })
    if (isTruncated) throw oversizedBodyError(label)
    if (text.trimStart().startsWith('<')) throw htmlError({ label, host })
    return parseValue(text, options.body)
  }

  return {
    label,
    host,
    url: (path) => urlOfPath(address, path),
    get: (path, signal) => fetchJson(path, { signal }),
    async ping(path, signal) {
      await readText(await send(path, { signal }), maxErrorLength)
    },
    post: (path, body, signal) => fetchJson(path, { body, signal }),

    stream: (path, body, signal) =>
      valueStream({
        async open() {
          const response = await send(path, { body, signal })
          const contentType = response.headers.get('content-type') ?? ''
          return { response, splitter: bodySplitter(contentType, { label, host }) }
        },
        parse(text) {
          onActivity?.()
          // Words in place of JSON say why the server could not go on.
          return parseValue(jsonStart.test(text) ? text : toReport(text), body)
        },
        toError: (cause) => explainCause(cause, { signal, toError: readingError }),
      }),
  }
}

interface Explanation {
  readonly signal: AbortSignal
  /** Makes a `NanoError` of what a platform threw. */
  toError(cause: unknown): NanoError
}

async function explainFailure<T>(work: () => Promise<T>, explanation: Explanation): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw explainCause(cause, explanation)
  }
}

/** After an abort, whatever failed failed because of it. */
function explainCause(cause: unknown, { signal, toError }: Explanation): unknown {
  if (signal.aborted) return signal.reason
  return NanoError.is(cause) ? cause : toError(cause)
}

function parseJson(text: string, label: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes the text, which may repeat what the caller wrote.
    throw new NanoError(
      'bad-output',
      `${label}: the server sent ${text.length} characters that are not JSON`,
      { retryable: true },
    )
  }
}
