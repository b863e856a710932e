import { NanoError } from '@nano/core'
import type {
  CallMessage,
  EngineCall,
  EngineCalls,
  EngineRequest,
  EngineResponse,
  SentError,
} from './messages.ts'
import { startError, startProcess } from './start-process.ts'

/** A process with an engine in it. */
export interface EngineProcess {
  /** Begins a call. What the process tells meanwhile goes to `onEvent`. */
  begin<Call extends EngineCall>(
    call: Call,
    input: EngineCalls[Call]['input'],
    onEvent?: (event: EngineCalls[Call]['event']) => void,
  ): RunningCall<EngineCalls[Call]['output']>
  readonly hasEnded: boolean
  /** Ends the process once it has answered all calls. */
  close(): Promise<void>
  /** Ends the process at once; calls fail. */
  kill(): void
}

/** A call that the process works on. */
export interface RunningCall<Output> {
  /** Rejects with the error of the call, or with `unavailable` where the process ends. */
  readonly output: Promise<Output>
  send(message: CallMessage): void
}

interface PendingCall {
  readonly output: Promise<unknown>
  readonly resolve: (output: never) => void
  readonly reject: (error: unknown) => void
  readonly onEvent: ((event: never) => void) | undefined
}

/** Starts a process. It keeps the app's process alive only while a call is pending. */
export function engineProcess(): EngineProcess {
  const { child, ended, keepApp, readOutput } = startProcess()
  const pendingCalls = new Map<number, PendingCall>()
  let lastId = 0
  let hasAnswered = false
  let hasEnded = false
  /** Why no call can be made any more. */
  let endError: NanoError | undefined

  function forget(id: number): PendingCall | undefined {
    const pendingCall = pendingCalls.get(id)
    pendingCalls.delete(id)
    if (pendingCalls.size === 0) keepApp(false)
    return pendingCall
  }

  child.on('message', (response: EngineResponse) => {
    const { id } = response
    hasAnswered = true
    // It had nothing to do with the end of the process.
    readOutput()
    if ('event' in response) pendingCalls.get(id)?.onEvent?.(response.event as never)
    else if ('error' in response) forget(id)?.reject(toError(response.error))
    else forget(id)?.resolve(response.output as never)
  })
  void ended.then((reason) => {
    hasEnded = true
    const details = [reason, readOutput()].filter(Boolean).join(': ')
    endError ??= hasAnswered ? crashError(details) : startError(details)
    for (const id of pendingCalls.keys()) forget(id)?.reject(endError)
  })

  const send = (request: EngineRequest) => {
    if (child.connected) child.send(request)
  }

  return {
    get hasEnded() {
      return hasEnded
    },
    begin(call, input, onEvent) {
      const id = ++lastId
      const { promise: output, resolve, reject } = Promise.withResolvers<never>()
      if (endError) {
        reject(endError)
      } else {
        keepApp(true)
        pendingCalls.set(id, { output, resolve, reject, onEvent })
        try {
          send({ id, call, input })
        } catch (error) {
          forget(id)?.reject(error)
        }
      }
      return { output, send: (message) => send({ id, ...message }) }
    },
    async close() {
      await Promise.allSettled([...pendingCalls.values()].map(({ output }) => output))
      endError ??= new NanoError('closed', 'llama-cpp: the model is closed')
      keepApp(true)
      if (child.connected) child.disconnect()
      await ended
    },
    kill() {
      child.kill('SIGKILL')
    },
  }
}

function crashError(details: string): NanoError {
  return new NanoError(
    'unavailable',
    `llama-cpp: the process of the model has ended (${details}). Open the model again; if the ` +
      'system was out of memory, with a shorter contextLength.',
  )
}

function toError({ code, message, retryable, cause }: SentError): Error {
  const options = {
    ...(retryable && { retryable }),
    ...(cause && { cause: Object.assign(new Error(cause.message), { name: cause.name }) }),
  }
  return code === undefined ? new Error(message, options) : new NanoError(code, message, options)
}
