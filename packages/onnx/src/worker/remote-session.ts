import { Worker } from 'node:worker_threads'
import { findProgram } from '@nano/chat/node'
import { NanoError } from '@nano/core'
import { exitGuard } from './exit-guard.ts'
import type { WorkerCall, WorkerCalls, WorkerRequest, WorkerResponse } from './messages.ts'

/** A worker thread with a session in it. */
export interface RemoteSession {
  /** Calls the worker. It answers calls in their order; a call cannot be cancelled. */
  call<Call extends WorkerCall>(
    call: Call,
    input: WorkerCalls[Call]['input'],
  ): Promise<WorkerCalls[Call]['output']>
  /** Ends the thread after the calls before it: the process aborts when a thread ends in a run. */
  close(): Promise<void>
}

interface PendingCall {
  readonly resolve: (output: never) => void
  readonly reject: (error: unknown) => void
}

/** One function per open session. They share one listener, since Node warns of more than ten. */
const exitHandlers = new Set<() => void>()
const handleExit = () => exitHandlers.forEach((handler) => handler())

/** Starts a worker. It keeps the process alive only while a call is pending. */
export function remoteSession(): RemoteSession {
  disableTelemetry()
  const { memory, waitForWork } = exitGuard()
  const worker = startWorker(memory)
  const pendingCalls = new Map<number, PendingCall>()
  let lastId = 0
  let workerError: NanoError | undefined
  let closing: Promise<void> | undefined
  worker.unref()

  worker.on('message', (response: WorkerResponse) => {
    const { resolve, reject } = pendingCalls.get(response.id) ?? {}
    pendingCalls.delete(response.id)
    if (pendingCalls.size === 0) worker.unref()
    if ('error' in response) reject?.(new NanoError(response.error.code, response.error.message))
    else resolve?.(response.output as never)
  })
  const rejectCalls = (cause?: unknown) => {
    const reason = cause instanceof Error ? ` (${cause.message})` : ''
    workerError ??= new NanoError(
      'internal',
      `onnx: the worker thread ended${reason}. Open the model again.`,
      { cause },
    )
    for (const { reject } of pendingCalls.values()) reject(workerError)
    pendingCalls.clear()
  }
  worker.on('error', rejectCalls)
  worker.on('exit', () => rejectCalls())
  if (exitHandlers.size === 0) process.on('exit', handleExit)
  exitHandlers.add(waitForWork)

  const call: RemoteSession['call'] = (call, input) => {
    if (workerError) return Promise.reject(workerError)
    const id = ++lastId
    return new Promise((resolve, reject) => {
      pendingCalls.set(id, { resolve, reject })
      worker.ref()
      worker.postMessage({ id, call, input } satisfies WorkerRequest)
    })
  }

  async function closeWorker(): Promise<void> {
    // The worker answers this call last, so nothing runs when the thread ends.
    await call('close', {}).catch(() => {})
    await worker.terminate()
    exitHandlers.delete(waitForWork)
    if (exitHandlers.size === 0) process.off('exit', handleExit)
  }

  return { call, close: () => (closing ??= closeWorker()) }
}

/**
 * Since 1.29 the prebuilt runtime for Linux reports to its makers what it runs, unless this
 * variable is set before it loads. It reads the environment of the process, which only the main
 * thread can change. A value that the app has set stays.
 */
function disableTelemetry(): void {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1'
}

function startWorker(workerData: SharedArrayBuffer): Worker {
  const { url, execArgv } = findProgram({
    name: 'worker',
    module: import.meta.url,
    adapter: 'onnx',
  })
  // Without options of its own, the thread has those of the process.
  return new Worker(url, { workerData, ...(execArgv.length > 0 && { execArgv: [...execArgv] }) })
}
