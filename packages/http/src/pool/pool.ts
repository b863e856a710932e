import { type ErrorCode, type GenerateRequest, NanoError } from '@nano/core'
import { type Driver, joinSignals, rejectOnAbort } from '@nano/core/driver'
import { countSends } from '../transport/stale-socket.ts'
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

/** Times that a request is sent whose connection breaks. */
const maxSends = 2
/** Calls by which the server with the conversation's cache may be busier than the idlest one. */
const maxExtraCalls = 2
const maxConversations = 10_000

export interface PoolLimits {
  /** Milliseconds in which a server has to send the first part of a reply; absent, any time. */
  readonly firstPartTimeout?: number | undefined
}

/**
 * Several servers of one model as one driver. A call goes to the least busy server, or to the one
 * that has the cache of its conversation. A server that fails is suspended until it answers again;
 * with all of them suspended, each is tried. A call moves to another server only before its first
 * part, so no call is answered twice. `reference` is the driver that all of them equal.
 */
export function pool(
  endpoints: readonly Endpoint[],
  reference: Driver,
  { firstPartTimeout }: PoolLimits = {},
): Driver {
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
      previousEndpoint.isUnresponsive === idlestEndpoint.isUnresponsive &&
      previousEndpoint.activeCalls - idlestEndpoint.activeCalls <= maxExtraCalls
    return isPreviousUsable ? previousEndpoint : idlestEndpoint
  }

  /** Collects the failure of one server; throws an error that each server would give. */
  function recordFailure(failedEndpoint: Endpoint, error: unknown, failures: NanoError[]): void {
    if (!isServerError(error)) throw error
    // A server that limits the rate works.
    if (error.code !== 'rate-limited') failedEndpoint.suspend()
    failures.push(error)
    // What broke two connections may be the request, and would fell the other servers too.
    const sendCount = failures.reduce((sum, { cause }) => sum + (cause ? countSends(cause) : 0), 0)
    if (sendCount >= maxSends) throw joinFailures(failures, false)
  }

  function joinFailures(failures: readonly NanoError[], mayRetry = true): NanoError {
    const lastFailure = failures.at(-1)
    const retryableFailure = failures.find((failure) => failure.retryable)
    const messages = failures.map(({ message }) => message).join('; ')
    const { retryAfter } = retryableFailure ?? {}
    return new NanoError(
      lastFailure?.code ?? 'unavailable',
      `${name}: no server could serve the call: ${messages || 'none has been reached yet'}`,
      {
        cause: lastFailure,
        retryable: mayRetry && (lastFailure === undefined || retryableFailure !== undefined),
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
        const limit = firstPartLimit(endpoint.url, firstPartTimeout)
        const { signal, release } = joinSignals(call.signal, lease.silenceSignal, limit.signal)
        let hasParts = false
        try {
          for await (const part of lease.driver.stream(request, { ...call, signal })) {
            // A server that is hung before its first part would keep its conversations.
            if (!hasParts) affinity.remember(request.messages, endpoint)
            hasParts = true
            limit.clear()
            lease.reportPart()
            yield part
          }
          return
        } catch (error) {
          const isLate = limit.signal.aborted || isTimeout(call.signal.reason)
          if (!hasParts && isLate) lease.reportTimeout()
          call.signal.throwIfAborted()
          if (hasParts) {
            if (isServerError(error) && error.code !== 'rate-limited') endpoint.suspend()
            throw error
          }
          recordFailure(endpoint, error, failures)
        } finally {
          limit.clear()
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

function isServerError(error: unknown): error is NanoError {
  return (
    NanoError.is(error) &&
    (serverErrors.includes(error.code) || (error.code === 'bad-output' && error.retryable))
  )
}

function isTimeout(reason: unknown): boolean {
  if (NanoError.is(reason)) return reason.code === 'timeout'
  return reason instanceof Error && reason.name === 'TimeoutError'
}

interface FirstPartLimit {
  /** Aborted when the time is over. */
  readonly signal: AbortSignal
  clear(): void
}

function firstPartLimit(url: string, milliseconds: number | undefined): FirstPartLimit {
  const controller = new AbortController()
  if (milliseconds === undefined) return { signal: controller.signal, clear() {} }
  const timer = setTimeout(
    () =>
      controller.abort(
        new NanoError(
          'unavailable',
          `http: ${new URL(url).host} sent no part of a reply within ${milliseconds} ms`,
          { retryable: true },
        ),
      ),
    milliseconds,
  )
  return { signal: controller.signal, clear: () => clearTimeout(timer) }
}

function compareLoad(a: Endpoint, b: Endpoint): number {
  return (
    Number(a.isSuspended) - Number(b.isSuspended) ||
    Number(a.isUnresponsive) - Number(b.isUnresponsive) ||
    a.activeCalls - b.activeCalls ||
    a.totalCalls - b.totalCalls
  )
}
