/** Where a server is. */
export interface ServerAddress {
  /** Paths of the server's own are appended to it. */
  readonly root: string
  /** Paths of OpenAI's API are appended to it, without their `/v1`. */
  readonly api: string
  /** Begins with `?` where it is not empty. */
  readonly search: string
}

/** The end of the whole address of an endpoint. */
const endpointPath = /\/(?:chat\/completions|completions?|models|api\/(?:chat|generate|tags))$/
const versionSegment = /\/v\d[\w.]*$/

/**
 * What an address may mean, the most probable first. A version at its end belongs to the API.
 * Without one, the API is under `/v1`, or at the address as it is: the last is more probable where
 * the caller wrote an endpoint, or a version in the middle.
 */
export function serverAddresses(address: string): readonly [ServerAddress, ...ServerAddress[]] {
  const { origin, pathname, search } = new URL(address)
  const path = pathname.replace(/\/+$/, '')
  const base = path.replace(endpointPath, '')
  const wholeAddress = { root: origin + base, api: origin + base, search }
  const versionedAddress = { ...wholeAddress, api: `${origin}${base}/v1` }
  if (versionSegment.test(base))
    return [{ ...wholeAddress, root: origin + base.replace(versionSegment, '') }]
  const isOpenAiPath = /\/(?:chat\/completions|completions|models)$/.test(path)
  const hasVersion = /\/v\d[\w.]*\//.test(`${base}/`)
  return isOpenAiPath || hasVersion
    ? [wholeAddress, versionedAddress]
    : [versionedAddress, wholeAddress]
}

/** Whether an address is that of OpenAI's chat, rather than of a server or of its API. */
export function isChatAddress(address: string): boolean {
  return /\/chat\/completions\/*$/.test(new URL(address).pathname)
}

/** The URL of a path of a server. */
export function urlOfPath({ root, api, search }: ServerAddress, path: string): string {
  const isApiPath = path.startsWith('/v1/')
  const url = isApiPath ? api + path.slice('/v1'.length) : root + path
  return path.includes('?') ? url + search.replace('?', '&') : url + search
}
