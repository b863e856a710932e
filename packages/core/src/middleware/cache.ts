import type { Call, Middleware } from '../driver.ts'
import type { Part } from '../part.ts'
import type { GenerateRequest } from '../request.ts'
import { flight, type Flight } from './flight.ts'
import { forward } from './forward.ts'

/** Where replies are kept; a Keyv instance is one, and so is `memoryStore()`. */
export interface CacheStore {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown): Promise<unknown>
}

/** A store in this process, without a limit, for tests and short runs. */
export function memoryStore(): CacheStore {
  const kept = new Map<string, unknown>()
  return { get: async (key) => kept.get(key), set: async (key, value) => void kept.set(key, value) }
}

/**
 * Replays replies that would repeat anyway: greedy or seeded ones. Only finished streams are kept, under a digest of
 * everything that shapes the reply. Equal calls at once share one, which ends when the last of them leaves it.
 * A replayed finish has the usage of the first reply, and no timings but its own.
 */
export function cache(store: CacheStore): Middleware {
  return (inner) => {
    const { model, quantisation, format } = inner.info
    /** Calls on their way, by key. */
    const flights = new Map<string, Flight<Part>>()

    async function* kept(key: string, parts: AsyncIterable<Part>): AsyncGenerator<Part> {
      const seen: Part[] = []
      for await (const part of parts) {
        seen.push(part.type === 'finish' ? { ...part, timings: {} } : part)
        if (part.type === 'finish') await store.set(key, seen)
        yield part
      }
    }

    async function* replayed(request: GenerateRequest, call: Call): AsyncGenerator<Part> {
      const key = await digest([inner.name, model, quantisation, format, request])
      const stored = await store.get(key)
      if (isReply(stored)) return yield* stored

      let shared = flights.get(key)
      if (!shared) {
        shared = flight((signal) => kept(key, inner.stream(request, { ...call, signal })), () => flights.delete(key))
        flights.set(key, shared)
      }
      yield* shared.read(call.signal)
    }

    return forward(inner, 'cache', {
      stream: (request, call) => (repeats(request) ? replayed(request, call) : inner.stream(request, call)),
    })
  }
}

function repeats({ sampling }: GenerateRequest): boolean {
  return sampling?.temperature === 0 || sampling?.seed !== undefined
}

function isReply(stored: unknown): stored is readonly Part[] {
  return Array.isArray(stored) && stored.at(-1)?.type === 'finish'
}

/** SHA-256 of the value as JSON with its keys in order, so that two ways to write a request are one. */
async function digest(value: unknown): Promise<string> {
  const ordered = JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? Object.fromEntries(Object.entries(entry).toSorted(([a], [b]) => (a < b ? -1 : 1))) : entry)
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(ordered))
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
