import type { EventEmitter } from 'node:events'

/** The world as the command sees it; tests bring their own. */
export interface Terminal {
  readonly argv: readonly string[]
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
  /** Emits SIGINT. */
  readonly interrupts: EventEmitter
}
