import { type ErrorCode, type GenerateRequest, NanoError } from '@nano/core'
import { type Driver, joinSignals, rejectOnAbort } from '@nano/core/driver'
import { conversationAffinity } from './conversation-affinity.ts'
import type { Endpoint, Lease } from './endpoint.ts'

/** Errors of one server; any other error would come from each of them. */
const serverErrors: readonly ErrorCode[] = [
  'unavailable',
  'unauthorized',
  'rate-limited',
  'not-found',
  'out-of-memory',
]

/** Calls by which the server with the conversation's cache may be busier than the idlest one. */
const maxExtraCalls = 2
const maxConversations = 10_000

/**
 * Several servers of one model as one driver. A call goes to the least busy server, or to the one
 * that has the cache of its conversation. A server that fails is suspended until it answers again;
 * with all of them suspended, each is tried. A call moves to another server only before its first
 * part, so no call is answered twice. `reference` is the driver that all of them equal.
 */
export function pool(endpoints: readonly Endpoint[], reference: Driver): Driver {
  const affinity = conversationAffinity<Endpoint>(maxConversations)
  const contextLengths = endpoints.flatMap(({ driver }) => driver?.info.contextLength ?? [])
  const name = `http(${reference.info.model} on ${endpoints.length} servers)`

  function chooseEndpoint(
    request: GenerateRequest | undefined,
    triedEndpoints: ReadonlySet<Endpoint>,
  ): Endpoint | undefined {
    const candidates = endpoints
      .filter((candidate) => candidate.driver && !triedEndpoints.has(candidate))
      .sort(compareLoad)
    const [idlestEndpoint] = candidates
    const previousEndpoint = request && affinity.find(request.messages)
    const isPreviousUsable =
      idlestEndpoint &&
      previousEndpoint &&
      candidates.includes(previousEndpoint) &&
      previousEndpoint.isSuspended === idlestEndpoint.isSuspended &&
      previousEndpoint.activeCalls - idlestEndpoint.activeCalls <= maxExtraCalls
    return isPreviousUsable ? previousEndpoint : idlestEndpoint
  }

  /** Collects the failure of one server; throws an error that each server would give. */
  function recordFailure(failedEndpoint: Endpoint, error: unknown, failures: NanoError[]): void {
    const isServerError =
      NanoError.is(error) &&
      (serverErrors.includes(error.code) || (error.code === 'bad-output' && error.retryable))
    if (!isServerError) throw error
    // A server that limits the rate works.
    if (error.code !== 'rate-limited') failedEndpoint.suspend()
    failures.push(error)
  }

  function joinFailures(failures: readonly NanoError[]): NanoError {
    const lastFailure = failures.at(-1)
    const retryableFailure = failures.find((failure) => failure.retryable)
    const messages = failures.map(({ message }) => message).join('; ')
    const { retryAfter } = retryableFailure ?? {}
    return new NanoError(
      lastFailure?.code ?? 'unavailable',
      `${name}: no server could serve the call: ${messages || 'none has been reached yet'}`,
      {
        cause: lastFailure,
        retryable: lastFailure === undefined || retryableFailure !== undefined,
        ...(retryAfter !== undefined && { retryAfter }),
      },
    )
  }

  /** Acquires one server after another for a call, each of them once. */
  function* acquireEach(
    request?: GenerateRequest,
  ): Generator<{ endpoint: Endpoint; lease: Lease }> {
    const triedEndpoints = new Set<Endpoint>()
    for (;;) {
      const endpoint = chooseEndpoint(request, triedEndpoints)
      if (!endpoint) return
      triedEndpoints.add(endpoint)
      const lease = endpoint.acquire()
      if (lease) yield { endpoint, lease }
    }
  }

  /** All servers serve one model the same way, so each has the optional methods of `reference`. */
  async function tryEach<T>(work: (driver: Required<Driver>) => Promise<T>): Promise<T> {
    const failures: NanoError[] = []
    for (const { endpoint, lease } of acquireEach()) {
      try {
        return await rejectOnAbort(work(lease.driver as Required<Driver>), lease.silenceSignal)
      } catch (error) {
        recordFailure(endpoint, error, failures)
      } finally {
        lease.release()
      }
    }
    throw joinFailures(failures)
  }

  return {
    name,
    capabilities: reference.capabilities,
    info: {
      ...reference.info,
      device: endpoints.map(({ url }) => new URL(url).host).join(', '),
      ...(contextLengths.length > 0 && { contextLength: Math.min(...contextLengths) }),
    },

    async *stream(request, call) {
      const failures: NanoError[] = []
      for (const { endpoint, lease } of acquireEach(request)) {
        const { signal, release } = joinSignals(call.signal, lease.silenceSignal)
        let hasParts = false
        try {
          // Remembered before the reply, so that another question about the same document finds it.
          affinity.remember(request.messages, endpoint)
          for await (const part of lease.driver.stream(request, { ...call, signal })) {
            hasParts = true
            lease.reportPart()
            yield part
          }
          return
        } catch (error) {
          call.signal.throwIfAborted()
          recordFailure(endpoint, error, failures)
          if (hasParts) throw error
        } finally {
          release()
          lease.release()
        }
      }
      throw joinFailures(failures)
    },

    ...(reference.tokenize && {
      tokenize: (text: string) => tryEach((driver) => driver.tokenize(text)),
    }),
    ...(reference.detokenize && {
      detokenize: (tokens: readonly number[]) => tryEach((driver) => driver.detokenize(tokens)),
    }),
    ...(reference.countTokens && {
      countTokens: (request: GenerateRequest) => tryEach((driver) => driver.countTokens(request)),
    }),
    ...(reference.render && {
      render: (request: GenerateRequest) => tryEach((driver) => driver.render(request)),
    }),
    async close() {
      await Promise.all(endpoints.map((endpoint) => endpoint.close()))
    },
  }
}

function compareLoad(a: Endpoint, b: Endpoint): number {
  return (
    Number(a.isSuspended) - Number(b.isSuspended) ||
    a.activeCalls - b.activeCalls ||
    a.totalCalls - b.totalCalls
  )
}
