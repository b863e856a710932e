import { Model } from '@nano/core'
import { parseOptions } from '@nano/core/driver'
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
  if (endpoints) return new Model(await openPool({ options: parsedOptions, endpoints, signal }))
  const { driver } = await openServer({ ...parsedOptions, url }, signal)
  return new Model(driver)
}
