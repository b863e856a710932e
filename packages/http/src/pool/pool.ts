import { type ErrorCode, type GenerateRequest, NanoError } from '@nano/core'
import { type Driver, joinSignals, rejectOnAbort } from '@nano/core/driver'
import { affinity } from './conversation-affinity.ts'
import type { Endpoint } from './endpoint.ts'

/** What another server may do better; everything else would fail there as well. */
const elsewhere: readonly ErrorCode[] = [
  'unavailable',
  'unauthorized',
  'rate-limited',
  'not-found',
  'out-of-memory',
]

/**
 * A server that has the cache of a conversation is waited for while it has at most so many calls
 * more than the least busy one.
 */
const patienceForCache = 2
/** Conversations whose server is remembered. */
const remembered = 10_000

/**
 * Several servers of one model as one driver: the least busy first, a conversation where its cache
 * is. One that fails rests until it answers again; a call goes elsewhere only before its first
 * part, so nothing is answered twice. Where all rest, all are tried.
 */
export function pool(endpoints: readonly Endpoint[], like: Driver): Driver {
  const known = affinity<Endpoint>(remembered)
  const lengths = endpoints.flatMap(({ driver }) => driver?.info.contextLength ?? [])
  const name = `http(${like.info.model} on ${endpoints.length} servers)`

  function next(
    request: GenerateRequest | undefined,
    tried: ReadonlySet<Endpoint>,
  ): Endpoint | undefined {
    const ready = endpoints
      .filter((one) => one.driver && !tried.has(one))
      .sort(
        (a, b) =>
          Number(a.resting) - Number(b.resting) || a.running - b.running || a.given - b.given,
      )
    const [idlest] = ready
    const own = request && known.find(request.messages)
    if (
      idlest &&
      own &&
      ready.includes(own) &&
      own.resting === idlest.resting &&
      own.running - idlest.running <= patienceForCache
    )
      return own
    return idlest
  }

  /** Whether to go on to another server; throws what no other could do better. */
  function failed(one: Endpoint, error: unknown, failures: NanoError[]): void {
    if (
      !NanoError.is(error) ||
      !(elsewhere.includes(error.code) || (error.code === 'bad-output' && error.retryable))
    )
      throw error
    // A full one is only busy.
    if (error.code !== 'rate-limited') one.rest()
    failures.push(error)
  }

  function afterAll(failures: readonly NanoError[]): NanoError {
    const last = failures.at(-1)
    const patient = failures.find(({ retryable }) => retryable)
    const said = failures.map(({ message }) => message).join('; ')
    const { retryAfter } = patient ?? {}
    return new NanoError(
      last?.code ?? 'unavailable',
      `${name}: none of the servers could serve the call: ${said || 'none has been reached yet'}`,
      {
        cause: last,
        retryable: last === undefined || patient !== undefined,
        ...(retryAfter !== undefined && { retryAfter }),
      },
    )
  }

  async function anywhere<T>(work: (driver: Driver) => Promise<T>): Promise<T> {
    const failures: NanoError[] = []
    const tried = new Set<Endpoint>()
    for (let one = next(undefined, tried); one; one = next(undefined, tried)) {
      tried.add(one)
      const held = one.hold()
      if (!held) continue
      try {
        return await rejectOnAbort(work(held.driver), held.silent)
      } catch (error) {
        failed(one, error, failures)
      } finally {
        held.release()
      }
    }
    throw afterAll(failures)
  }

  return {
    name,
    capabilities: like.capabilities,
    info: {
      ...like.info,
      device: endpoints.map(({ url }) => new URL(url).host).join(', '),
      ...(lengths.length > 0 && { contextLength: Math.min(...lengths) }),
    },

    async *stream(request, call) {
      const failures: NanoError[] = []
      const tried = new Set<Endpoint>()
      for (let one = next(request, tried); one; one = next(request, tried)) {
        tried.add(one)
        const held = one.hold()
        if (!held) continue
        let emitted = false
        const { signal, release } = joinSignals(call.signal, held.silent)
        try {
          // At once, so that the next turn, or another question to the same document, finds it.
          known.keep(request.messages, one)
          for await (const part of held.driver.stream(request, { ...call, signal })) {
            emitted = true
            held.heard()
            yield part
          }
          return
        } catch (error) {
          call.signal.throwIfAborted()
          failed(one, error, failures)
          if (emitted) throw error
        } finally {
          release()
          held.release()
        }
      }
      throw afterAll(failures)
    },

    tokenize: (text) => anywhere((driver) => driver.tokenize(text)),
    detokenize: (tokens) => anywhere((driver) => driver.detokenize(tokens)),
    countTokens: (request) => anywhere((driver) => driver.countTokens(request)),
    render: (request) => anywhere((driver) => driver.render(request)),
    async close() {
      await Promise.all(endpoints.map((one) => one.close()))
    },
  }
}
