import { NanoError } from '@nano/core'
import type { Driver } from '@nano/core/driver'
import { openServer } from '../open-server.ts'
import { openWithin, type Place } from '../open-within.ts'
import type { ParsedOptions } from '../options.ts'
import { endpoint } from './endpoint.ts'
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
  const { livenessTimeout, onWarning } = options
  const refusedPlaces = new Set<Place>()
  const places = endpoints.map(({ url, model = options.model, apiKey = options.apiKey }) => ({
    url,
    open: (signal: AbortSignal, onActivity = () => {}) =>
      openServer({ ...options, url, model, apiKey, mayResend: false, onActivity }, signal),
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
  const refusal = faults.find(isRefusal)
  if (refusal !== undefined) throw refusal
  if (!reference) throw faults[0]

  /** Nobody waits for a server that joins later, so its refusal is a warning, once. */
  async function openLater(place: Place, reference: Driver, signal: AbortSignal) {
    try {
      const server = await openWithin(livenessTimeout, place, signal)
      assertSameModel(server.driver, reference)
      return server
    } catch (error) {
      if (!isRefusal(error) || refusedPlaces.has(place) || signal.aborted) throw error
      refusedPlaces.add(place)
      onWarning(error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  return pool(
    places.map((place, index) => {
      const { url } = place
      const server = servers[index]
      if (server) assertSameModel(server.driver, reference)
      return endpoint({
        url,
        server,
        livenessTimeout,
        livenessInterval,
        open: (signal) => openLater(place, reference, signal),
      })
    }),
    reference,
    { firstPartTimeout: options.firstPartTimeout },
  )
}

/** A server that is not ready may be later; one that refuses will refuse again. */
function isRefusal(fault: unknown): boolean {
  return !NanoError.is(fault) || !(fault.retryable || fault.code === 'unavailable')
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
          'Start the servers with the same settings, or set as options what they do not report'
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
