/** Listener of each running call, by the call's signal. */
const listeners = new WeakMap<AbortSignal, () => void>()

/**
 * Calls `listener` while a server works on the call of `signal`. A chat reports also what gives the
 * caller no part yet: the pieces of a tool call, or a thought that nobody asked for.
 */
export function watchProgress(signal: AbortSignal, listener: () => void): void {
  listeners.set(signal, listener)
}

/** Says that a server has sent a piece of the reply to the call of `signal`. */
export function reportProgress(signal: AbortSignal): void {
  listeners.get(signal)?.()
}
