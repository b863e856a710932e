import { describeValue } from '../describe-value.ts'
import { rejectOnAbort } from '../driver/abort.ts'
import { checkNumbers, checkOptions } from '../driver/check-options.ts'
import type { Call, Driver, Middleware } from '../driver/driver.ts'
import { forward } from '../driver/forward.ts'
import { type SharedStream, sharedStream } from '../driver/shared-stream.ts'
import { NanoError } from '../error.ts'
import { findJsonKey } from '../json/json-key.ts'
import type { Part } from '../part.ts'
import type { GenerateRequest } from '../request.ts'
import { runInTurns } from '../schema/steps.ts'
import { readStoredReply, writeStoredReply } from './stored-reply.ts'

/** The longest time, in milliseconds, that a timer can have. */
const maxTimer = 2 ** 31 - 1

/** Where replies are stored as texts; a Keyv instance is one, and so is `memoryStore()`. */
export interface CacheStore {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown): Promise<unknown>
}

/** Options of `cache()`. */
export interface CacheOptions {
  /**
   * Called with an error of the store. No reply fails because of one: an error while reading counts
   * as a miss, and an error while writing leaves the reply out of the store.
   */
  readonly onError?: (error: unknown) => void
  /** Milliseconds, 1,000 by default, after which a store that is still reading counts as a miss. */
  readonly readTimeout?: number
}

/**
 * Replays replies that would repeat anyway: greedy or seeded ones. Only finished streams are
 * stored, as JSON, under a digest of everything that shapes the reply: the request, and the
 * driver's `info` and `capabilities`. Two models that share both need a store each, or a Keyv
 * namespace. Equal calls at the same time share one stream, which ends when the last reader leaves.
 * The finish of a replayed reply says `cached: true`; its usage is that of the first reply.
 */
export function cache(store: CacheStore, options: CacheOptions = {}): Middleware {
  checkStore(store)
  checkOptions('cache', options, {
    example: 'store, { onError }',
    optionNames: ['onError', 'readTimeout'],
  })
  const { readTimeout = 1_000 } = options
  checkNumbers('cache', { readTimeout: { value: readTimeout, least: 0 } })
  const reportError = (error: unknown) => {
    // A microtask, so that a listener that throws does not end the reply.
    if (options.onError) queueMicrotask(() => options.onError?.(error))
  }
  const readEntry = async (key: string): Promise<unknown> => {
    const expiry = new AbortController()
    const timer = setTimeout(
      () =>
        expiry.abort(
          new NanoError('timeout', `cache: the store took longer than ${readTimeout} ms to read`),
        ),
      Math.min(readTimeout, maxTimer),
    )
    try {
      // In a function, so that what the store throws at once is an error of its own too.
      return await rejectOnAbort((async () => store.get(key))(), expiry.signal)
    } finally {
      clearTimeout(timer)
    }
  }
  const writeEntry = async (key: string, value: string) => store.set(key, value)

  return (inner) => {
    /** Streams under way, by key. */
    const streams = new Map<string, SharedStream<Part>>()

    async function* storeWhenFinished(
      key: string,
      parts: AsyncIterable<Part>,
    ): AsyncGenerator<Part> {
      const reply: Part[] = []
      for await (const part of parts) {
        reply.push(part)
        // Not awaited: the reader need not wait for the store.
        if (part.type === 'finish') writeEntry(key, writeStoredReply(reply)).catch(reportError)
        yield part
      }
    }

    async function* replayOrStream(request: GenerateRequest, call: Call): AsyncGenerator<Part> {
      const key = await computeKey(inner, request)
      const storedReply = readStoredReply(
        await rejectOnAbort(readEntry(key).catch(reportError), call.signal),
      )
      if (storedReply) return yield* markCached(storedReply)

      let stream = streams.get(key)
      if (!stream) {
        stream = sharedStream(
          (signal) => storeWhenFinished(key, inner.stream(request, shareCall(call, signal))),
          () => streams.delete(key),
        )
        streams.set(key, stream)
      }
      // A reader may change the input of a call, so each gets a copy.
      for await (const part of stream.read(call.signal))
        yield part.type === 'tool-call' ? structuredClone(part) : part
    }

    return forward(inner, 'cache', {
      stream: (request, call) =>
        isRepeatable(request) ? replayOrStream(request, call) : inner.stream(request, call),
    })
  }
}

/** The call of the first reader, whose listeners hear nothing once it is aborted. */
function shareCall(call: Call, signal: AbortSignal): Call {
  const { onPrefill, onProgress } = call
  return {
    ...call,
    signal,
    ...(onPrefill && {
      onPrefill: (progress) => void (call.signal.aborted || onPrefill(progress)),
    }),
    ...(onProgress && { onProgress: () => void (call.signal.aborted || onProgress()) }),
  }
}

function checkStore(store: unknown): void {
  const { get, set }: Partial<Record<'get' | 'set', unknown>> =
    typeof store === 'object' && store !== null ? store : {}
  if (typeof get === 'function' && typeof set === 'function') return
  throw new TypeError(
    `cache: expected a store with get and set, got ${describeValue(store)}. ` +
      'Did you mean cache(memoryStore())?',
  )
}

function isRepeatable({ sampling }: GenerateRequest): boolean {
  return sampling?.temperature === 0 || sampling?.seed !== undefined
}

function* markCached(parts: readonly Part[]): Iterable<Part> {
  for (const part of parts) yield part.type === 'finish' ? { ...part, cached: true } : part
}

/**
 * SHA-256 of what shapes a reply, with keys in order, so that two ways to write a request are one;
 * the threads of a model shape its speed alone.
 * Where the platform has no SHA-256 (Node 18, a page without TLS), it is the text itself.
 */
async function computeKey(
  { info: { threads: _threads, ...info }, capabilities }: Driver,
  request: GenerateRequest,
): Promise<string> {
  const text = await runInTurns(findJsonKey(sortKeys({ info, capabilities, request })))
  if (!globalThis.crypto?.subtle) return text
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The prompt shows these values as JSON, so the order of their keys shapes the reply. */
const verbatimKeys = ['parameters', 'schema', 'input', 'output']

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, verbatimKeys.includes(key) ? entry : sortKeys(entry)]),
  )
}
