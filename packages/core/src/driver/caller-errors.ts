import { NanoError } from '../error.ts'

/** What listeners of the caller threw: theirs, so it reaches them as it is. */
const ofListeners = new WeakSet<object>()

/** The listener, with what it throws remembered as the caller's own. */
export function markListenerErrors<Arguments extends readonly unknown[]>(
  listener: (...heard: Arguments) => void,
): (...heard: Arguments) => void {
  return (...args) => {
    try {
      listener(...args)
    } catch (error) {
      if (typeof error === 'object' && error !== null) ofListeners.add(error)
      throw error
    }
  }
}

/**
 * The error as the caller is to see it: a `NanoError`, the reason of an abort, and what a listener
 * of the caller threw are themselves; everything else is `internal`, with the error as its cause.
 * Its message stays there: it may hold what a message must not.
 */
export function toCallerError(error: unknown, name: string, signal?: AbortSignal): unknown {
  if (NanoError.is(error) || (signal?.aborted && error === signal.reason)) return error
  if (typeof error === 'object' && error !== null && ofListeners.has(error)) return error
  const kind = error instanceof Error ? error.name : typeof error
  return new NanoError(
    'internal',
    `${name} failed with an error that is none of the contract's (${kind}; see the cause). That is a fault of the driver or of middleware: please report it`,
    { cause: error },
  )
}
