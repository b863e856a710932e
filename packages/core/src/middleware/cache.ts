import type { Call, Driver, Middleware } from '../driver/driver.ts'
import type { Part } from '../part.ts'
import type { GenerateRequest } from '../request.ts'
import { describeValue } from '../describe-value.ts'
import { checkOptions } from '../driver/check-options.ts'
import { sharedStream, type SharedStream } from '../driver/shared-stream.ts'
import { forward } from '../driver/forward.ts'
import { rejectOnAbort } from '../driver/abort.ts'

/** Where replies are kept; a Keyv instance is one, and so is `memoryStore()`. */
export interface CacheStore {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown): Promise<unknown>
}

/** Who hears of the store's faults. */
export interface CacheOptions {
  /**
   * Called with what the store failed with. A reply never fails for it: a fault in reading is a
   * miss, one in writing a reply that is not kept.
   */
  readonly onError?: (error: unknown) => void
}

/** A store in this process, without a limit, for tests and short runs. */
export function memoryStore(): CacheStore {
  const kept = new Map<string, unknown>()
  return { get: async (key) => kept.get(key), set: async (key, value) => void kept.set(key, value) }
}

/**
 * Replays replies that would repeat anyway: greedy or seeded ones. Only finished streams are kept,
 * as JSON, under a digest of everything that shapes the reply: the request, and what the driver
 * says of itself in `info` and `capabilities`. Two models that say the same there need a store
 * each, or a Keyv namespace. Equal calls at once share one, which ends when the last of them leaves
 * it. A replayed finish has the usage of the first reply, and no timings but its own.
 */
export function cache(store: CacheStore, options: CacheOptions = {}): Middleware {
  checkStore(store)
  checkOptions('cache', options, { example: 'store, { onError }', known: ['onError'] })
  const failed = (error: unknown) => {
    // Not in the reply's way, whatever a listener does.
    if (options.onError) queueMicrotask(() => options.onError?.(error))
  }
  const get = async (key: string) => store.get(key)
  const set = async (key: string, value: string) => store.set(key, value)

  return (inner) => {
    /** Calls on their way, by key. */
    const flights = new Map<string, SharedStream<Part>>()

    async function* kept(key: string, parts: AsyncIterable<Part>): AsyncGenerator<Part> {
      const seen: Part[] = []
      for await (const part of parts) {
        seen.push(part.type === 'finish' ? { ...part, timings: {} } : part)
        // Not waited for: a reply is done when it is made.
        if (part.type === 'finish') set(key, JSON.stringify(seen)).catch(failed)
        yield part
      }
    }

    async function* replayed(request: GenerateRequest, call: Call): AsyncGenerator<Part> {
      const key = await digest(inner, request)
      const stored = replyOf(await rejectOnAbort(get(key).catch(failed), call.signal))
      if (stored) return yield* stored

      let shared = flights.get(key)
      if (!shared) {
        shared = sharedStream(
          (signal) => kept(key, inner.stream(request, { ...call, signal })),
          () => flights.delete(key),
        )
        flights.set(key, shared)
      }
      // Readers may change the input of a call; each has its own.
      for await (const part of shared.read(call.signal))
        yield part.type === 'tool-call' ? structuredClone(part) : part
    }

    return forward(inner, 'cache', {
      stream: (request, call) =>
        repeats(request) ? replayed(request, call) : inner.stream(request, call),
    })
  }
}

function checkStore(store: unknown): void {
  const methods: Partial<Record<'get' | 'set', unknown>> =
    typeof store === 'object' && store !== null ? store : {}
  if (typeof methods.get === 'function' && typeof methods.set === 'function') return
  throw new TypeError(
    `cache: expected a store with get and set, got ${describeValue(store)}. Did you mean cache(memoryStore())?`,
  )
}

function repeats({ sampling }: GenerateRequest): boolean {
  return sampling?.temperature === 0 || sampling?.seed !== undefined
}

/** The reply that was kept, or nothing where the store holds something else. */
function replyOf(stored: unknown): readonly Part[] | undefined {
  if (typeof stored !== 'string') return undefined
  try {
    const parts: unknown = JSON.parse(stored)
    return Array.isArray(parts) && parts.at(-1)?.type === 'finish'
      ? (parts as readonly Part[])
      : undefined
  } catch {
    return undefined
  }
}

/**
 * SHA-256 of what shapes a reply, with keys in order, so that two ways to write a request are one.
 * Where the platform has no SHA-256 (Node 18, a page without TLS), it is the text itself.
 */
async function digest({ info, capabilities }: Driver, request: GenerateRequest): Promise<string> {
  const text = JSON.stringify(ordered({ info, capabilities, request }))
  if (!globalThis.crypto?.subtle) return text
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Written into the prompt as they are, so there the order of keys shapes the reply. */
const verbatim = ['parameters', 'schema', 'input', 'output']

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, verbatim.includes(key) ? entry : ordered(entry)]),
  )
}
