import { type ErrorCode, type GenerateRequest, NanoError } from '@nano/core'
import { type Driver, joinSignals, rejectOnAbort } from '@nano/core/driver'
import { countSends, hasStaleSocket } from '../transport/send-count.ts'
import { conversationAffinity } from './conversation-affinity.ts'
import type { Endpoint, Lease } from './endpoint.ts'
import { type TimeLimit, timeLimit } from './time-limit.ts'

/** Errors of one server; any other error would come from each of them. */
const serverErrors: readonly ErrorCode[] = [
  'unavailable',
  'unauthorized',
  'rate-limited',
  'not-found',
  'out-of-memory',
]

/** Servers that may break down over one request. */
const maxSends = 2
/** Calls by which the server with the conversation's cache may be busier than the idlest one. */
const maxExtraCalls = 2
const maxConversations = 10_000

interface Attempt {
  readonly endpoint: Endpoint
  readonly lease: Lease
  readonly limit: TimeLimit
  /** Of this attempt and those before it. */
  readonly failures: NanoError[]
  /** Stands for what is sent: calls that repeat a request share it. */
  readonly sentValue: object
}

export interface PoolLimits {
  /**
   * Milliseconds without a piece of a reply, before its first part, or without any other answer,
   * after which another server is asked; absent, any time.
   */
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
  /** How often a request was sent by calls that failed and may be repeated. */
  const earlierSends = new WeakMap<object, number>()
  const contextLengths = endpoints.flatMap(({ driver }) => driver?.info.contextLength ?? [])
  const name = `http(${reference.info.model} on ${endpoints.length} servers)`

  function chooseEndpoint(
    request: GenerateRequest | undefined,
    triedEndpoints: ReadonlySet<Endpoint>,
  ): Endpoint | undefined {
    // A call that has failed once goes to a server that is known to work.
    const isAvoided = ({ confidence: { isDoubtful, isTrialDue } }: Endpoint) =>
      isDoubtful && !(isTrialDue && triedEndpoints.size === 0)
    const candidates = endpoints
      .filter((candidate) => candidate.driver && !triedEndpoints.has(candidate))
      .sort(
        (a, b) =>
          Number(a.isSuspended) - Number(b.isSuspended) ||
          Number(isAvoided(a)) - Number(isAvoided(b)) ||
          a.activeCalls - b.activeCalls ||
          a.totalCalls - b.totalCalls,
      )
    const [idlestEndpoint] = candidates
    const previousEndpoint = request && affinity.find(request.messages)
    const isPreviousUsable =
      idlestEndpoint &&
      previousEndpoint &&
      candidates.includes(previousEndpoint) &&
      previousEndpoint.isSuspended === idlestEndpoint.isSuspended &&
      isAvoided(previousEndpoint) === isAvoided(idlestEndpoint) &&
      previousEndpoint.activeCalls - idlestEndpoint.activeCalls <= maxExtraCalls
    return isPreviousUsable ? previousEndpoint : idlestEndpoint
  }

  /** Collects the failure of one server; throws an error that each server would give. */
  function recordFailure({ endpoint, lease, failures, sentValue }: Attempt, error: unknown): void {
    if (!isServerError(error)) throw error
    // A server that limits the rate works, and one that closed an idle socket may.
    if (error.code !== 'rate-limited' && !hasStaleSocket(error)) endpoint.suspend()
    failures.push(error)
    const newSends = countSends(error)
    if (newSends === 0) return
    lease.reportFailure()
    const sendCount = newSends + (earlierSends.get(sentValue) ?? 0)
    earlierSends.set(sentValue, sendCount)
    if (sendCount < maxSends) return
    // What broke two servers may be the request, and would fell the others too.
    earlierSends.delete(sentValue)
    throw joinFailures(failures, false)
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

  /** Tries each server once for a call, and one whose reused socket broke twice where it has to. */
  function* attemptEach(failures: NanoError[], request?: GenerateRequest): Generator<Attempt> {
    const triedEndpoints = new Set<Endpoint>()
    let staleEndpoint: Endpoint | undefined
    for (;;) {
      const newEndpoint = chooseEndpoint(request, triedEndpoints)
      const isNewUncertain = newEndpoint?.isSuspended || newEndpoint?.confidence.isDoubtful
      const endpoint = isNewUncertain
        ? (staleEndpoint ?? newEndpoint)
        : (newEndpoint ?? staleEndpoint)
      if (!endpoint) return
      if (endpoint === staleEndpoint) staleEndpoint = undefined
      triedEndpoints.add(endpoint)
      const lease = endpoint.acquire()
      if (!lease) continue
      const limit = timeLimit(endpoint.url, firstPartTimeout)
      try {
        yield { endpoint, lease, limit, failures, sentValue: findSentValue(request) ?? failures }
      } finally {
        limit.clear()
        lease.release()
      }
      const failure = failures.at(-1)
      if (failure && hasStaleSocket(failure)) staleEndpoint = endpoint
    }
  }

  /** All servers serve one model the same way, so each has the optional methods of `reference`. */
  async function tryEach<T>(work: (driver: Required<Driver>) => Promise<T>): Promise<T> {
    const failures: NanoError[] = []
    for (const attempt of attemptEach(failures)) {
      const { lease, limit } = attempt
      const { signal, release } = joinSignals(lease.silenceSignal, limit.signal)
      try {
        return await rejectOnAbort(work(lease.driver as Required<Driver>), signal)
      } catch (error) {
        if (limit.signal.aborted) lease.reportTimeout()
        recordFailure(attempt, error)
      } finally {
        release()
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
      for (const attempt of attemptEach(failures, request)) {
        const { endpoint, lease, limit } = attempt
        const { signal, release } = joinSignals(call.signal, lease.silenceSignal, limit.signal)
        let hasParts = false
        const onProgress = () => {
          limit.restart()
          lease.reportProgress()
          call.onProgress?.()
        }
        try {
          for await (const part of lease.driver.stream(request, { ...call, signal, onProgress })) {
            // A server that is hung before its first part would keep its conversations.
            if (!hasParts) affinity.remember(request.messages, endpoint)
            hasParts = true
            limit.clear()
            yield part
          }
          earlierSends.delete(attempt.sentValue)
          return
        } catch (error) {
          if (limit.signal.aborted || isTimeout(call.signal.reason)) lease.reportTimeout()
          call.signal.throwIfAborted()
          if (!hasParts) recordFailure(attempt, error)
          else {
            if (isServerError(error) && error.code !== 'rate-limited') endpoint.suspend()
            throw error
          }
        } finally {
          release()
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

/** What stays the same object where middleware repeats a request. */
function findSentValue(request: GenerateRequest | undefined): object | undefined {
  return request?.messages.length ? request.messages : request
}

function isTimeout(reason: unknown): boolean {
  if (NanoError.is(reason)) return reason.code === 'timeout'
  return reason instanceof Error && reason.name === 'TimeoutError'
}
