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
const endpointPath = new RegExp(
  '/(?:chat/completions|completions?|responses|messages|embeddings|models|' +
    'api/(?:chat|generate|tags))$',
)
/** Where Ollama and LM Studio have an API of their own beside OpenAI's. */
const ownApiPath = /\/api(?:\/v\d)?$/
const versionSegment = /\/v\d[\w.]*$/

/**
 * What an address may mean, the most probable first. A version at its end belongs to the API.
 * Without one, the API is under `/v1`, or at the address as it is: the last is more probable where
 * the caller wrote an endpoint, or a version in the middle.
 */
export function serverAddresses(address: string): readonly [ServerAddress, ...ServerAddress[]] {
  const { origin, pathname, search } = new URL(address)
  const path = pathname.replaceAll(/\/{2,}/g, '/').replace(/\/$/, '')
  const base = path.replace(endpointPath, '')
  const wholeAddress = { root: origin + base, api: origin + base, search }
  const versionedAddress = { ...wholeAddress, api: `${origin}${base}/v1` }
  const serverRoot = origin + base.replace(ownApiPath, '')
  const besideOwnApi = ownApiPath.test(base)
    ? [{ root: serverRoot, api: `${serverRoot}/v1`, search }]
    : []
  if (versionSegment.test(base))
    return [{ ...wholeAddress, root: origin + base.replace(versionSegment, '') }, ...besideOwnApi]
  const isOpenAiPath = /\/(?:chat\/completions|completions|models)$/.test(path)
  const hasVersion = /\/v\d[\w.]*\//.test(`${base}/`)
  return isOpenAiPath || hasVersion
    ? [wholeAddress, versionedAddress, ...besideOwnApi]
    : [versionedAddress, wholeAddress, ...besideOwnApi]
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
