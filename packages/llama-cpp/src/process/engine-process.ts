import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { NanoError } from '@nano/core'
import type {
  CallMessage,
  EngineCall,
  EngineCalls,
  EngineRequest,
  EngineResponse,
  SentError,
} from './messages.ts'

/** A process with an engine in it. */
export interface EngineProcess {
  /** Begins a call. What the process tells meanwhile goes to `onEvent`. */
  begin<Call extends EngineCall>(
    call: Call,
    input: EngineCalls[Call]['input'],
    onEvent?: (event: EngineCalls[Call]['event']) => void,
  ): RunningCall<EngineCalls[Call]['output']>
  /** Ends the process once it has answered all calls. */
  close(): Promise<void>
}

/** A call that the process works on. */
export interface RunningCall<Output> {
  /** Rejects with the error of the call, or with `internal` where the process ends. */
  readonly output: Promise<Output>
  send(message: CallMessage): void
}

interface PendingCall {
  readonly output: Promise<unknown>
  readonly resolve: (output: never) => void
  readonly reject: (error: unknown) => void
  readonly onEvent: ((event: never) => void) | undefined
}

/** Characters of what the process has written last, which may say why it ended. */
const keptOutput = 500

/** Starts a process. It keeps the app's process alive only while a call is pending. */
export function engineProcess(): EngineProcess {
  const child = startProcess()
  const pendingCalls = new Map<number, PendingCall>()
  let lastId = 0
  let lastOutput = ''
  let endError: NanoError | undefined

  function forget(id: number): PendingCall | undefined {
    const pendingCall = pendingCalls.get(id)
    pendingCalls.delete(id)
    if (pendingCalls.size === 0) letAppEnd(child)
    return pendingCall
  }

  function rejectCalls(reason: string): void {
    const details = [reason, lastOutput.trim()].filter(Boolean).join(': ')
    endError ??= new NanoError(
      'internal',
      `llama-cpp: the process of the model ended (${details}). Open the model again, with a ` +
        'shorter contextLength if the system was out of memory.',
    )
    for (const id of pendingCalls.keys()) forget(id)?.reject(endError)
  }

  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastOutput = (lastOutput + text).slice(-keptOutput)
  })
  child.on('error', ({ message }) => rejectCalls(message))
  child.on('exit', (code, signal) => rejectCalls(signal ?? `exit code ${code}`))
  child.on('message', (response: EngineResponse) => {
    const { id } = response
    if ('event' in response) pendingCalls.get(id)?.onEvent?.(response.event as never)
    else if ('error' in response) forget(id)?.reject(toError(response.error))
    else forget(id)?.resolve(response.output as never)
  })

  const send = (request: EngineRequest) => {
    if (child.connected) child.send(request)
  }

  return {
    begin(call, input, onEvent) {
      const id = ++lastId
      const { promise: output, resolve, reject } = Promise.withResolvers<never>()
      if (endError) reject(endError)
      else {
        if (pendingCalls.size === 0) child.channel?.ref?.()
        pendingCalls.set(id, { output, resolve, reject, onEvent })
        send({ id, call, input })
      }
      return { output, send: (message) => send({ id, ...message }) }
    },
    async close() {
      await Promise.allSettled([...pendingCalls.values()].map(({ output }) => output))
      if (endError) return
      const exit = once(child, 'exit')
      child.ref()
      child.disconnect()
      await exit
    },
  }
}

function toError({ code, message }: SentError): Error {
  return code === undefined ? new Error(message) : new NanoError(code, message)
}

/** Lets the app end while no call is pending. The process ends with the app. */
function letAppEnd(child: ChildProcess): void {
  child.unref()
  child.channel?.unref?.()
  const errorPipe = child.stderr as Socket | null
  errorPipe?.unref()
}

/**
 * Starts the file of the engine beside this file, as `.js` in the build and as `.ts` in the
 * sources. Its pool has one thread, which takes all steps of the model: Linux gives the threads that
 * llama.cpp starts in each step cores of their own where one thread has kept its core busy, and
 * often not where several have taken turns.
 */
function startProcess(): ChildProcess {
  const url = new URL(import.meta.url.replace(/[^/]+(\.\w+)$/, 'serve-engine$1'))
  if (!existsSync(url))
    throw new NanoError(
      'unavailable',
      `llama-cpp: there is no file at ${url.href} to start a process with. A bundler may have ` +
        'moved the code that starts it: keep @nano/llama-cpp external, or set ownProcess: false.',
    )
  const child = fork(fileURLToPath(url), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: url.pathname.endsWith('.ts') ? ['--conditions=@nano/source', '--no-warnings'] : [],
    env: { ...process.env, UV_THREADPOOL_SIZE: '1', ELECTRON_RUN_AS_NODE: '1' },
  })
  letAppEnd(child)
  return child
}
