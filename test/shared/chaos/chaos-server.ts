import type { Model } from '@nano/core'
import type { HttpOptions } from '@nano/http'

/** A server that can be mistreated. It keeps its address over a restart. */
export interface ChaosServer {
  readonly url: string
  /** The calls that it works on, by its own count. */
  countRunning(): Promise<number>
  /** Stops all of it, as a machine that swaps does; it keeps its connections. */
  pause(): void
  resume(): void
  /** Ends it with SIGKILL. */
  kill(): Promise<void>
  /** Starts it again after a kill. */
  restart(): Promise<void>
}

/** A server whose model can hang while it answers liveness checks. */
interface HangingServer extends ChaosServer {
  hang(): Promise<void>
}

/** One kind of server. */
export interface ChaosKind {
  readonly name: string
  /** Why it cannot run here. */
  readonly missing: string | undefined
  /** Starts one with the embedded model. */
  start(): Promise<ChaosServer>
  startHanging(): Promise<HangingServer>
  open(options: HttpOptions): Promise<Model>
}
