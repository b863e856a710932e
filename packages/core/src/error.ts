/**
 * Every code a driver may throw; stable across minor versions, while messages are not.
 *
 * | code | meaning |
 * |---|---|
 * | `invalid-request` | the request is malformed or contradicts itself; the caller can fix it |
 * | `unsupported` | the driver cannot do what the request asks, and refuses it before a token |
 * | `context-overflow` | the prompt has more tokens than the context holds |
 * | `not-found` | there is no such file, model or endpoint |
 * | `bad-model` | the file exists, but it is broken or does not suit the runtime |
 * | `out-of-memory` | the free memory, or the free disk space, is too small |
 * | `unavailable` | the device, the runtime or the server cannot be used now |
 * | `unauthorized` | the server refuses the API key, or wants one |
 * | `rate-limited` | the server has too many requests, and asks to wait |
 * | `timeout` | the call took longer than a limit of `timeout()` |
 * | `bad-output` | the model or the server answered, but not in the form that was asked for |
 * | `closed` | the model was closed before or during the call |
 * | `internal` | a bug of nano, of a driver or of middleware; please report it |
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
  /** What went wrong, see above. */
  readonly code: ErrorCode
  /** Whether the same call may succeed later, unchanged; `retry()` repeats such a call. */
  readonly retryable: boolean
  /** Milliseconds that the server asked to wait. Absent where it did not ask. */
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
