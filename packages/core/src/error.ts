/**
 * Every code a driver may throw; stable across minor versions, while messages are not.
 *
 * | code | meaning |
 * |---|---|
 * | `invalid-request` | the request is malformed or contradicts itself; the caller can fix it |
 * | `unsupported` | this driver cannot do what was asked, and says so before a token |
 * | `context-overflow` | the prompt is longer than the context |
 * | `not-found` | no such file, model or endpoint |
 * | `bad-model` | the file is there and cannot be used |
 * | `out-of-memory` | it does not fit |
 * | `unavailable` | device or server not reachable |
 * | `unauthorized` | the server refuses the credentials |
 * | `rate-limited` | the server asks to wait |
 * | `timeout` | a limit given to `timeout()` passed |
 * | `bad-output` | the engine or server answered, but not in the agreed form |
 * | `closed` | the model was closed |
 * | `internal` | a fault of ours |
 */
export const errorCodes = [
  'invalid-request',
  'unsupported',
  'context-overflow',
  'not-found',
  'bad-model',
  'out-of-memory',
  'unavailable',
  'unauthorized',
  'rate-limited',
  'timeout',
  'bad-output',
  'closed',
  'internal',
] as const

/** One of `errorCodes`. */
export type ErrorCode = (typeof errorCodes)[number]

/** What a `NanoError` carries beside its code and message. */
export interface NanoErrorOptions {
  readonly cause?: unknown
  /** The same call may succeed later, unchanged. */
  readonly retryable?: boolean
  /** Milliseconds the other side asked to wait before the next attempt. */
  readonly retryAfter?: number
}

const brand = Symbol.for('nano.error')

/**
 * The only error drivers throw, besides `signal.reason` on abort.
 * `retryable` is decided where the cause is known; middleware only reads it.
 */
export class NanoError extends Error {
  override readonly name = 'NanoError'
  readonly [brand] = true
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly retryAfter?: number

  constructor(
    code: ErrorCode,
    message: string,
    { cause, retryable = false, retryAfter }: NanoErrorOptions = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.retryable = retryable
    if (retryAfter !== undefined) this.retryAfter = retryAfter
  }

  /** Holds across duplicate copies of this package, where `instanceof` does not. */
  static is(error: unknown): error is NanoError {
    return typeof error === 'object' && error !== null && brand in error
  }
}
