import type { Message, ToolCall } from '@nano/core'
import { type CallOptions, type FinishedCall, runCall } from './run-call.ts'

/** What the calls of one reply share. */
export interface CallsOptions extends CallOptions {
  /** Calls that run at once. */
  readonly parallelCalls: number
}

/**
 * Runs the calls of a reply, several at once, and yields each as soon as it is finished. Throws
 * what `runCall` throws; the calls that are then running end with the signal.
 */
export async function* runCalls(
  calls: readonly ToolCall[],
  messages: readonly Message[],
  { parallelCalls, ...options }: CallsOptions,
): AsyncGenerator<FinishedCall, void, void> {
  const waitingCalls = [...calls]
  const running = new Map<string, Promise<FinishedCall>>()
  while (waitingCalls.length > 0 || running.size > 0) {
    for (const call of waitingCalls.splice(0, parallelCalls - running.size)) {
      const run = runCall(call, messages, options)
      // Where another call fails first, nobody waits for this one.
      run.catch(() => {})
      running.set(call.id, run)
    }
    const finishedCall = await Promise.race(running.values())
    running.delete(finishedCall.id)
    yield finishedCall
  }
}
