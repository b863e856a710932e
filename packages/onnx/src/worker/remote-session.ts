import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { NanoError } from '@nano/core'
import type { Answered, Asked, CallName, Calls } from './messages.ts'
import { presence } from './exit-guard.ts'

/** A worker thread with a session in it. */
export interface RemoteSession {
  /**
   * Asks the worker. Calls are answered in the order they were made; a call cannot be taken back.
   */
  call<Name extends CallName>(name: Name, ask: Calls[Name]['ask']): Promise<Calls[Name]['answer']>
  /**
   * Waits for the calls under way: a thread that is ended while the runtime computes takes the
   * whole process with it.
   */
  close(): Promise<void>
}

interface Pending {
  readonly resolve: (answer: never) => void
  readonly reject: (error: unknown) => void
}

/**
 * What to do for each session when the process exits: one listener for all, since the platform
 * warns of many.
 */
const leavers = new Set<() => void>()
const leaveAll = () => leavers.forEach((leave) => leave())

/**
 * Starts a worker. It does not keep the process alive by itself, only while it is asked something.
 */
export function remoteSession(): RemoteSession {
  keepPrivate()
  const { memory, leave } = presence()
  const worker = startWorker(memory)
  const pending = new Map<number, Pending>()
  let asked = 0
  let gone: NanoError | undefined
  let closing: Promise<void> | undefined
  worker.unref()

  worker.on('message', (answered: Answered) => {
    const { resolve, reject } = pending.get(answered.id) ?? {}
    pending.delete(answered.id)
    if (pending.size === 0) worker.unref()
    if ('error' in answered) reject?.(new NanoError(answered.error.code, answered.error.message))
    else resolve?.(answered.answer as never)
  })
  const lost = (cause?: unknown) => {
    gone ??= new NanoError(
      'internal',
      `onnx: the worker thread ended${cause instanceof Error ? ` (${cause.message})` : ''}. Open the model again.`,
      { cause },
    )
    for (const { reject } of pending.values()) reject(gone)
    pending.clear()
  }
  worker.on('error', lost)
  worker.on('exit', () => lost())
  if (leavers.size === 0) process.on('exit', leaveAll)
  leavers.add(leave)

  const call: RemoteSession['call'] = (name, ask) => {
    if (gone) return Promise.reject(gone)
    const id = ++asked
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject })
      worker.ref()
      worker.postMessage({ id, name, ask } satisfies Asked)
    })
  }

  return {
    call,
    close() {
      closing ??= (async () => {
        // Answered after all that came before it, so nothing runs when the thread is ended.
        await call('close', {}).catch(() => {})
        await worker.terminate()
        leavers.delete(leave)
        if (leavers.size === 0) process.off('exit', leaveAll)
      })()
      return closing
    },
  }
}

/**
 * Since 1.29 the prebuilt runtime tells its makers what is run with it, from a thread that outlives
 * every session, unless this is set before it is loaded. It asks the process, whose environment
 * only the main thread can change. Whoever sets it to something is heard.
 */
function keepPrivate(): void {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1'
}

/**
 * Starts the worker file beside this file. It has the same extension: `.js` in the build, `.ts` in
 * the sources, where it takes the sources of the other packages too.
 * Bundlers follow `new URL('./file', import.meta.url)`, and none of them can bundle this package.
 */
function startWorker(workerData: SharedArrayBuffer): Worker {
  const url = new URL(import.meta.url.replace(/[^/]+(\.\w+)$/, 'worker$1'))
  if (!existsSync(url))
    throw new NanoError(
      'unavailable',
      `onnx: there is no worker file at ${url.href}. A bundler may have moved the code that ` +
        'starts it: keep @nano/onnx external',
    )
  return new Worker(url, {
    workerData,
    ...(url.pathname.endsWith('.ts') && {
      execArgv: ['--conditions=@nano/source', '--no-warnings'],
    }),
  })
}
