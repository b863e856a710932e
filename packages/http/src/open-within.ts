import { NanoError } from '@nano/core'
import { joinSignals } from '@nano/core/driver'
import type { OpenedServer } from './pool/endpoint.ts'

/** A server that is to be opened. */
export interface Place {
  readonly url: string
  /** Calls `onActivity` whenever the server sends something, also once it is open. */
  open(signal: AbortSignal, onActivity?: () => void): Promise<OpenedServer>
}

/**
 * Opens a server that may take any time, but is silent for `maxSilence` milliseconds at most: a
 * server that accepts connections and sends nothing is unavailable.
 */
export async function openWithin(
  maxSilence: number,
  { url, open }: Place,
  signal: AbortSignal,
): Promise<OpenedServer> {
  const silenceController = new AbortController()
  const joinedSignal = joinSignals(signal, silenceController.signal)
  let isOpening = true
  let timer: ReturnType<typeof setTimeout> | undefined

  function awaitResponse(): void {
    clearTimeout(timer)
    if (isOpening) timer = setTimeout(giveUp, maxSilence)
  }
  function giveUp(): void {
    const message = `http: ${new URL(url).host} did not describe itself within ${maxSilence} ms`
    silenceController.abort(new NanoError('unavailable', message, { retryable: true }))
  }

  awaitResponse()
  try {
    return await open(joinedSignal.signal, awaitResponse)
  } finally {
    isOpening = false
    clearTimeout(timer)
    joinedSignal.release()
  }
}
