/**
 * Resolves after `milliseconds`; rejects with `signal.reason` on abort, leaving no timer and no
 * listener.
 */
export function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const leave = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', leave, { once: true })
  })
}

/**
 * Settles with `work`, or rejects with the signal's reason as soon as it is aborted, leaving no
 * listener.
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason)
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    // Also after an abort: what fails later would else be a rejection that nobody heard.
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
