import type { Message, ToolCall } from '@nano/core'
import { joinSignals, rejectOnAbort } from '@nano/core/driver'
import type { ExecutableTool } from './executable-tool.ts'

/** A call, and what became of it: what the tool gave, or why it gave nothing. */
export type FinishedCall = ToolCall & {
  /** Milliseconds; 0 for a call that was not run, or that the time limit cut. */
  readonly duration: number
} & (
    | { readonly output: ToolOutput; readonly error?: undefined }
    | { readonly error: string; readonly output?: undefined }
  )

/** What goes to the model as the output of a tool: JSON. */
export type ToolOutput = Extract<Message, { role: 'tool' }>['output']

/** Says whether a call may be run; a text is the reason why not, for the model. */
export type Approve = (call: ToolCall) => boolean | string | Promise<boolean | string>

/** The longest time, in milliseconds, that a timer can have. */
export const longestTimer = 2 ** 31 - 1

/** What all calls of a loop share. */
export interface CallOptions {
  readonly tools: ReadonlyMap<string, ExecutableTool>
  /** Milliseconds. */
  readonly callTimeout: number
  readonly approve?: Approve | undefined
  /** Aborted when the loop ends. */
  readonly signal: AbortSignal
}

/**
 * Runs a call. An error of the tool is its result; rejects with `signal.reason` on abort, and with
 * what `approve` throws.
 */
export async function runCall(
  call: ToolCall,
  messages: readonly Message[],
  { tools, callTimeout, approve, signal }: CallOptions,
): Promise<FinishedCall> {
  const tool = tools.get(call.name)
  if (!tool) {
    const names = [...tools.keys()].join(', ')
    return refuse(call, `There is no tool ${call.name}. The tools are: ${names}.`)
  }
  // An approval that says nothing allows nothing.
  const approval = await rejectOnAbort(Promise.resolve(approve ? approve(call) : true), signal)
  if (approval !== true) return refuse(call, approval || 'The call was not allowed.')

  const startedAt = performance.now()
  const { timeout = callTimeout } = tool
  const expiry = new AbortController()
  const { signal: callSignal, release } = joinSignals(expiry.signal, signal)
  const timer = setTimeout(
    () => expiry.abort(new Error(`The tool took longer than ${timeout} ms.`)),
    Math.min(timeout, longestTimer),
  )
  const withDuration = () => ({ ...call, duration: performance.now() - startedAt })
  try {
    const context = { id: call.id, signal: callSignal, messages }
    // In a function, so that what it throws before its first await is an error of the tool as well.
    const execution = (async () => tool.execute(call.input, context))()
    const output = toJson(await rejectOnAbort(execution, callSignal))
    return { ...withDuration(), output }
  } catch (error) {
    signal.throwIfAborted()
    return { ...withDuration(), error: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
    release()
  }
}

/** A call that is not run, and why, in words for the model. */
export function refuse(call: ToolCall, error: string): FinishedCall {
  return { ...call, duration: 0, error }
}

/** The message that tells the model what became of a call. */
export function toToolMessage({ id, output, error }: FinishedCall): Message {
  return { role: 'tool', toolCallId: id, output: error === undefined ? output : { error } }
}

/** The output as the JSON that it is written as: dates are texts, and what is undefined is null. */
function toJson(output: unknown): ToolOutput {
  const text = JSON.stringify(output)
  return text === undefined ? null : (JSON.parse(text) as ToolOutput)
}
