import { NanoError } from '@nano/core'
import { type Driver, joinSignals } from '@nano/core/driver'
import { openServer } from '../open-server.ts'
import type { ParsedOptions } from '../options.ts'
import { endpoint, type OpenedServer } from './endpoint.ts'
import { pool } from './pool.ts'

/** Milliseconds between two liveness checks of a server. */
const livenessInterval = 500

interface PoolOptions {
  readonly options: ParsedOptions
  readonly endpoints: NonNullable<ParsedOptions['endpoints']>
  readonly signal: AbortSignal
}

/**
 * Opens several servers of one model. Servers that cannot be reached now are opened when they
 * answer. Throws `invalid-request` where the servers differ, `unavailable` where none answers, and
 * the error of a server that refuses.
 */
export async function openPool({ options, endpoints, signal }: PoolOptions): Promise<Driver> {
  const { livenessTimeout } = options
  const places = endpoints.map(({ url, model = options.model, apiKey = options.apiKey }) => ({
    url,
    open: (signal: AbortSignal, onResponse = () => {}) =>
      openServer({ ...options, url, model, apiKey, onResponse }, signal),
  }))
  const outcomes = await Promise.allSettled(
    places.map((place) => openWithin(livenessTimeout, place, signal)),
  )
  signal.throwIfAborted()

  const servers = outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : undefined,
  )
  const reference = servers.find((server) => server !== undefined)?.driver
  const faults = outcomes.flatMap((outcome): unknown[] =>
    outcome.status === 'rejected' ? [outcome.reason] : [],
  )
  // A server that is unavailable may come back; one that refuses will refuse again.
  const refusal = faults.find((fault) => !NanoError.is(fault) || fault.code !== 'unavailable')
  if (refusal !== undefined) throw refusal
  if (!reference) throw faults[0]

  return pool(
    places.map(({ url, open }, index) => {
      const server = servers[index]
      if (server) assertSameModel(server.driver, reference)
      return endpoint({
        url,
        server,
        livenessTimeout,
        livenessInterval,
        async open(signal) {
          const openedServer = await open(signal)
          assertSameModel(openedServer.driver, reference)
          return openedServer
        },
      })
    }),
    reference,
    { firstPartTimeout: options.firstPartTimeout },
  )
}

interface Place {
  readonly url: string
  open(signal: AbortSignal, onResponse?: () => void): Promise<OpenedServer>
}

/**
 * A server that accepts connections and sends nothing is unavailable. One that answers may take any
 * time: the limit is that of each answer.
 */
async function openWithin(
  livenessTimeout: number,
  { url, open }: Place,
  signal: AbortSignal,
): Promise<OpenedServer> {
  const timeoutController = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  function awaitResponse(): void {
    clearTimeout(timer)
    timer = setTimeout(
      () =>
        timeoutController.abort(
          new NanoError(
            'unavailable',
            `http: ${new URL(url).host} did not describe itself within ${livenessTimeout} ms`,
            { retryable: true },
          ),
        ),
      livenessTimeout,
    )
  }
  awaitResponse()
  const joinedSignal = joinSignals(signal, timeoutController.signal)
  try {
    return await open(joinedSignal.signal, awaitResponse)
  } finally {
    clearTimeout(timer)
    joinedSignal.release()
  }
}

function assertSameModel(driver: Driver, reference: Driver): void {
  const [actual, expected] = [describeService(driver), describeService(reference)]
  if (actual === expected) return
  const [device, referenceDevice] = [driver.info.device, reference.info.device]
  throw new NanoError(
    'invalid-request',
    'http: the endpoints have to serve one model in the same way, but ' +
      (driver.info.model === reference.info.model
        ? `${device} has ${actual}, and ${referenceDevice} has ${expected}. ` +
          'Start the servers alike, or set what they do not say as an option'
        : `${device} has ${driver.info.model}, and ${referenceDevice} has ` +
          `${reference.info.model}. Use fallback() for different models`),
  )
}

const optionalMethods = ['tokenize', 'detokenize', 'countTokens', 'render'] as const

/** Everything about a driver that has to be the same on all servers. */
function describeService(driver: Driver): string {
  const { capabilities, info } = driver
  const methods = optionalMethods.filter((name) => driver[name])
  return JSON.stringify({ model: info.model, format: info.format, capabilities, methods })
}
