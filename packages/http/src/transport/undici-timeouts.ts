interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean
}

/**
 * Where the platform's `fetch` keeps what sends its requests; a copy of undici that an app brings
 * may use the other name.
 */
function shared(): Dispatcher | undefined {
  const platform = globalThis as unknown as {
    readonly process?: { readonly versions?: { readonly undici?: string } }
  } & Readonly<Record<symbol, Dispatcher | undefined>>
  const version = Number.parseInt(platform.process?.versions?.undici ?? '0', 10)
  return platform[Symbol.for(`undici.globalDispatcher.${version >= 8 ? 2 : 1}`)]
}

/**
 * Switches off the time-outs that Node's `fetch` brings: it gives up on an answer, or on its next
 * bytes, after five minutes, and a long prompt takes longer. Whatever is set up for the whole
 * process, a proxy for instance, stays in use. Elsewhere there is nothing to switch off.
 * @see https://github.com/nodejs/undici/blob/main/docs/docs/api/Dispatcher.md
 */
export function patient(): RequestInit {
  const platform = shared()
  if (!platform) return {}
  const dispatcher: Dispatcher = {
    dispatch: (options, handler) =>
      platform.dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler),
  }
  // Node's own addition to what `fetch` takes.
  return { dispatcher } as RequestInit
}
