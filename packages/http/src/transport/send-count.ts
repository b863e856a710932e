import type { ErrorCode, NanoError } from '@nano/core'

/** Errors of platforms whose request was sent twice. */
const resentCauses = new WeakSet<object>()
/** Errors of platforms whose request was sent once, over a reused socket that broke. */
const staleCauses = new WeakSet<object>()
/** Errors of requests that no server worked on. */
const unsentErrors = new WeakSet<NanoError>()
/** A server gives them before it works on a request. */
const unsentCodes: readonly ErrorCode[] = ['unauthorized', 'rate-limited', 'not-found']

export function markResent(cause: unknown): void {
  if (isObject(cause)) resentCauses.add(cause)
}

export function markStale(cause: unknown): void {
  if (isObject(cause)) staleCauses.add(cause)
}

/** Whether the socket of a call was a reused one, so that the same server may work. */
export function hasStaleSocket({ cause }: NanoError): boolean {
  return isObject(cause) && staleCauses.has(cause)
}

/** Marks an error of a request that no server worked on, or whose time was over. */
export function markUnsent(error: NanoError): NanoError {
  unsentErrors.add(error)
  return error
}

/**
 * How often, at most, a server broke down over the request of a call that failed with `error`. What
 * breaks two servers may be the request.
 */
export function countSends(error: NanoError): number {
  if (unsentErrors.has(error) || unsentCodes.includes(error.code)) return 0
  const { cause } = error
  const isResent = isObject(cause) && resentCauses.has(cause)
  return Number(isResent) + Number(!isRefusal(cause))
}

/** Nothing was sent: Node's codes, and those of Bun. */
const refusalCodes: readonly unknown[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ConnectionRefused',
  'FailedToOpenSocket',
]
/** The certificate is wrong, or the server speaks no TLS. */
const tlsCode = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/

interface PlatformError {
  readonly code?: unknown
  readonly syscall?: unknown
  /** One for each address that was tried. */
  readonly errors?: readonly unknown[]
  readonly cause?: unknown
}

function isRefusal(thrown: unknown): boolean {
  if (!isObject(thrown)) return false
  const { code, syscall, errors, cause } = thrown as PlatformError
  return (
    refusalCodes.includes(code) ||
    // A connection that exists may end for the same reasons.
    syscall === 'connect' ||
    (typeof code === 'string' && tlsCode.test(code)) ||
    (errors !== undefined && errors.length > 0 && errors.every(isRefusal)) ||
    isRefusal(cause)
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
