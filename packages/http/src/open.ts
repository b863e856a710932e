import { Model, NanoError } from '@nano/core'
import { type Driver, parseOptions, wait } from '@nano/core/driver'
import { openServer } from './open-server.ts'
import { openWithin, type Place } from './open-within.ts'
import { type HttpOptions, optionsSchema } from './options.ts'
import { openPool } from './pool/open-pool.ts'

/**
 * Opens a model behind a running server, or behind several that serve it as one. Throws
 * `invalid-request` for invalid options, `unavailable` where no server answers, `unauthorized`,
 * `not-found` for a missing server or model, and `unsupported` for a mode that the server lacks;
 * `signal.reason` when opening is aborted.
 *
 * ```ts
 * const model = await openHttp({ url: 'http://localhost:8080' })
 * const { reasoning, text } = await model.generate('What is 27 * 43?')
 * await model.close()
 * ```
 */
export async function openHttp(options: HttpOptions): Promise<Model> {
  const parsedOptions = parseOptions('http', optionsSchema, options)
  const { url = '', endpoints, signal = new AbortController().signal } = parsedOptions
  const { waitUntilReady, livenessTimeout } = parsedOptions
  const place: Place = {
    url,
    open: (signal, onActivity = () => {}) =>
      openServer({ ...parsedOptions, url, onActivity }, signal),
  }

  async function open(timeLeft: number): Promise<Driver> {
    if (endpoints) return openPool({ options: parsedOptions, endpoints, signal })
    // A wait has an end, also behind a server that accepts connections and sends nothing.
    const maxSilence = Math.max(timeLeft, livenessTimeout)
    const server = await (waitUntilReady > 0
      ? openWithin(maxSilence, place, signal)
      : place.open(signal))
    return server.driver
  }
  return new Model(await openWhenReady(open, { limit: waitUntilReady, signal }))
}

/** Milliseconds between two attempts. */
const attemptInterval = 250

/** Tries again while the server is unavailable, until the time is over. */
async function openWhenReady(
  open: (timeLeft: number) => Promise<Driver>,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<Driver> {
  const startedAt = performance.now()
  const timeLeftNow = () => limit - (performance.now() - startedAt)
  for (;;) {
    try {
      return await open(timeLeftNow())
    } catch (error) {
      const timeLeft = timeLeftNow()
      const mayBecomeReady = NanoError.is(error) && error.code === 'unavailable'
      if (!mayBecomeReady || timeLeft <= 0) throw error
      await wait(Math.min(attemptInterval, timeLeft), signal)
    }
  }
}
