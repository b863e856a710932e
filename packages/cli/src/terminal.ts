import type { EventEmitter } from 'node:events'

/** The arguments and streams of the command. Tests pass their own. */
export interface Terminal {
  readonly argv: readonly string[]
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
  /** Emits SIGINT. */
  readonly interrupts: EventEmitter
}
