import { NanoError } from '@nano/core'
import { type Driver, joinSignals } from '@nano/core/driver'
import { markUnsent } from '../transport/send-count.ts'
import { type Confidence, confidence } from './confidence.ts'

/** A server that was opened. */
export interface OpenedServer {
  readonly driver: Driver
  /** Rejects unless the server answers. */
  checkLiveness(signal: AbortSignal): Promise<unknown>
}

/** One server of a pool: how busy it is, and whether it answers. */
export interface Endpoint {
  readonly url: string
  /** Absent until the server was reached for the first time. */
  readonly driver: Driver | undefined
  /** Calls that the server works on. */
  readonly activeCalls: number
  /** Calls that the server ever got. */
  readonly totalCalls: number
  /** The server failed, and has not answered since. */
  readonly isSuspended: boolean
  /** Whether its calls failed lately, although it answers liveness checks. */
  readonly confidence: Pick<Confidence, 'isDoubtful' | 'isTrialDue'>
  /** Counts a call until its lease is released; nothing where the server was never reached. */
  acquire(): Lease | undefined
  /** Avoids the server until it answers again. */
  suspend(): void
  close(): Promise<void>
}

/** The use of a server for one call. */
export interface Lease {
  readonly driver: Driver
  /** Aborted with `unavailable` when the server falls silent. */
  readonly silenceSignal: AbortSignal
  /** Reports that the server has sent a piece of the reply. */
  reportProgress(): void
  /** Reports that the time was over: the server may be hung, and answer liveness checks. */
  reportTimeout(): void
  /** Reports that the server failed while it worked on the call. */
  reportFailure(): void
  release(): void
}

export interface EndpointOptions {
  readonly url: string
  /** Absent where the server could not be reached. */
  readonly server?: OpenedServer | undefined
  /**
   * Opens a server that could not be reached before; rejects where it is silent or has another
   * model.
   */
  open(signal: AbortSignal): Promise<OpenedServer>
  /** Milliseconds in which a living server answers a liveness check. */
  readonly livenessTimeout: number
  /** Milliseconds between two liveness checks. */
  readonly livenessInterval: number
}

/**
 * Checks the liveness of a server while it works or is suspended: a paused server accepts
 * connections and sends nothing, forever.
 */
export function endpoint({
  url,
  server: initialServer,
  open,
  livenessTimeout,
  livenessInterval,
}: EndpointOptions): Endpoint {
  let server = initialServer
  let activeCalls = 0
  let totalCalls = 0
  /** How often the server has sent a piece of a reply, in all calls together. */
  let progressCount = 0
  const serverConfidence = confidence()
  let isSuspended = initialServer === undefined
  let silenceController = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isChecking = false
  const closeController = new AbortController()

  async function checkLiveness(): Promise<void> {
    const progressBefore = progressCount
    try {
      // Opening takes many requests, and has a limit of its own.
      if (server) await pingWithin(livenessTimeout, server)
      else server = await open(closeController.signal)
      isSuspended = false
    } catch {
      // A server that is too busy for the check, and still sends replies, is alive.
      if (progressCount === progressBefore) declareSilent()
    }
  }

  async function pingWithin(milliseconds: number, openedServer: OpenedServer): Promise<void> {
    const timeoutController = new AbortController()
    const timeoutTimer = setTimeout(() => timeoutController.abort(), milliseconds)
    const { signal, release } = joinSignals(closeController.signal, timeoutController.signal)
    try {
      await openedServer.checkLiveness(signal)
    } finally {
      clearTimeout(timeoutTimer)
      release()
    }
  }

  function declareSilent(): void {
    isSuspended = true
    const endedController = silenceController
    silenceController = new AbortController()
    const message =
      `http: the server at ${new URL(url).host} did not answer a liveness check ` +
      `within ${livenessTimeout} ms`
    endedController.abort(markUnsent(new NanoError('unavailable', message, { retryable: true })))
  }

  function scheduleCheck(): void {
    const isIdle = activeCalls === 0 && !isSuspended
    if (timer !== undefined || isChecking || closeController.signal.aborted || isIdle) return
    timer = setTimeout(async () => {
      timer = undefined
      isChecking = true
      await checkLiveness()
      isChecking = false
      scheduleCheck()
    }, livenessInterval)
    // In Node, the timer of an idle pool would keep the process alive.
    if (typeof timer === 'object' && activeCalls === 0) (timer as { unref?(): void }).unref?.()
  }
  scheduleCheck()

  return {
    url,
    get driver() {
      return server?.driver
    },
    get activeCalls() {
      return activeCalls
    },
    get totalCalls() {
      return totalCalls
    },
    get isSuspended() {
      return isSuspended
    },
    get confidence() {
      return {
        isDoubtful: serverConfidence.isDoubtful,
        isTrialDue: serverConfidence.isTrialDue && activeCalls === 0,
      }
    },
    acquire() {
      if (!server) return undefined
      activeCalls++
      totalCalls++
      scheduleCheck()
      return {
        driver: server.driver,
        silenceSignal: silenceController.signal,
        reportProgress() {
          progressCount++
          serverConfidence.reportProgress()
        },
        reportTimeout: () => serverConfidence.reportTimeout(),
        reportFailure: () => serverConfidence.reportFailure(),
        release: () => void activeCalls--,
      }
    },
    suspend() {
      isSuspended = true
      scheduleCheck()
    },
    async close() {
      closeController.abort(new NanoError('closed', `http: the endpoint at ${url} is closed`))
      clearTimeout(timer)
      await server?.driver.close()
    },
  }
}
