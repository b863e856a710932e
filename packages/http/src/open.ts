import { Model, NanoError } from '@nano/core'
import { type Driver, parseOptions, rejectOnAbort } from '@nano/core/driver'
import { openServer } from './open-server.ts'
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
  const open = async () =>
    endpoints
      ? openPool({ options: parsedOptions, endpoints, signal })
      : (await openServer({ ...parsedOptions, url }, signal)).driver
  return new Model(await openWhenReady(open, { limit: parsedOptions.waitUntilReady, signal }))
}

/** Milliseconds between two attempts. */
const attemptInterval = 250

/** Tries again while the server is unavailable, until the time is over. */
async function openWhenReady(
  open: () => Promise<Driver>,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<Driver> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return await open()
    } catch (error) {
      const timeLeft = limit - (performance.now() - startedAt)
      const mayBecomeReady = NanoError.is(error) && error.code === 'unavailable'
      if (!mayBecomeReady || timeLeft <= 0) throw error
      const pause = new Promise<void>((resolve) =>
        setTimeout(resolve, Math.min(attemptInterval, timeLeft)),
      )
      await rejectOnAbort(pause, signal)
    }
  }
}
