import { NanoError } from '../error.ts'

/** Errors that listeners of the caller threw; they reach the caller as they are. */
const listenerErrors = new WeakSet<object>()

/** The listener, with what it throws marked as the caller's own error. */
export function markListenerErrors<Arguments extends readonly unknown[]>(
  listener: (...args: Arguments) => void,
): (...args: Arguments) => void {
  return (...args) => {
    try {
      listener(...args)
    } catch (error) {
      if (typeof error === 'object' && error !== null) listenerErrors.add(error)
      throw error
    }
  }
}

/**
 * The error as the caller sees it. A `NanoError`, the reason of an abort and an error of the
 * caller's listener stay as they are. Any other error becomes the cause of an `internal` one, whose
 * message leaves out the other's, since that may repeat a prompt or a key.
 */
export function toCallerError(error: unknown, name: string, signal?: AbortSignal): unknown {
  if (NanoError.is(error) || (signal?.aborted && error === signal.reason)) return error
  if (typeof error === 'object' && error !== null && listenerErrors.has(error)) return error
  const kind = error instanceof Error ? error.name : typeof error
  return new NanoError(
    'internal',
    `${name} failed with an error outside the contract (${kind}; see the cause). ` +
      'That is a fault of the driver or of middleware: please report it',
    { cause: error },
  )
}
