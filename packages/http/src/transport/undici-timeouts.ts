interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean
}

/**
 * Returns options of `fetch` that disable the time-outs of undici, Node's `fetch`: undici gives up
 * on a response, or on its next bytes, after five minutes, and a long prompt takes longer. The
 * process-wide dispatcher, a proxy for instance, stays in use. On other platforms there is nothing
 * to disable.
 * @see https://github.com/nodejs/undici/blob/main/docs/docs/api/Dispatcher.md
 */
export function disableUndiciTimeouts(): RequestInit {
  const platform = globalDispatcher()
  if (!platform) return {}
  const dispatcher: Dispatcher = {
    dispatch: (options, handler) =>
      platform.dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler),
  }
  // `dispatcher` is Node's addition to `RequestInit`, so the type does not know it.
  return { dispatcher } as RequestInit
}

/**
 * The dispatcher that the platform's `fetch` uses. Its symbol depends on undici's version, and a
 * copy of undici that an app installs may use the other symbol.
 */
function globalDispatcher(): Dispatcher | undefined {
  const platform = globalThis as unknown as {
    readonly process?: { readonly versions?: { readonly undici?: string } }
  } & Readonly<Record<symbol, Dispatcher | undefined>>
  const version = Number.parseInt(platform.process?.versions?.undici ?? '0', 10)
  return platform[Symbol.for(`undici.globalDispatcher.${version >= 8 ? 2 : 1}`)]
}
