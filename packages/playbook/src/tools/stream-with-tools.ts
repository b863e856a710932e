import {
  type GenerateResult,
  type Message,
  type Model,
  NanoError,
  type Part,
  type Usage,
} from '@nano/core'
import {
  collect,
  continuedText,
  type InferOutput,
  joinSignals,
  type JsonSchema,
  parseResult,
  parseTypedRequest,
  type RequestInput,
  type StandardSchema,
  type TypedRequest,
} from '@nano/core/driver'
import { type Exchange, exchange } from './exchange.ts'
import { checkTools, type ExecutableTool } from './executable-tool.ts'
import { type ParsedLoopOptions, parseLoopOptions, type ToolLoopOptions } from './options.ts'
import { type FinishedCall, longestTimer, refuse } from './run-call.ts'
import { runCalls, type CallsOptions } from './run-calls.ts'

/** A conversation, with the tools that the loop runs. */
export interface ToolLoopRequest<Schema = JsonSchema | StandardSchema> extends Omit<
  RequestInput<Schema, readonly ExecutableTool[]>,
  'tools' | 'prompt'
> {
  /** What the model may call. */
  readonly tools: readonly ExecutableTool[]
}

/**
 * A part of a reply, or what became of a call. A stream is `(part* finish tool-result*)*`: each
 * reply has a `finish`, and the results of its calls follow as they are there. A reply that the
 * time limit cuts has none, and is dropped.
 */
export type ToolLoopPart = Part | (FinishedCall & { readonly type: 'tool-result' })

/**
 * Why a loop ended. `answer`: the last reply calls no tool; its `finishReason` says whether it is
 * whole. Else the limit of the options that was reached.
 */
export type LoopEnd = 'answer' | 'rounds' | 'calls' | 'tokens' | 'time'

/** What came of a conversation with tools. */
export interface ToolLoopResult<Answer = unknown> {
  /** The text of the last reply; '' where there is none. */
  readonly text: string
  /** The answer as `schema` parses it. Absent without a schema, and where there is no whole one. */
  readonly object?: Answer
  readonly endedBy: LoopEnd
  /** The whole conversation, that of the request included: what the next request begins with. */
  readonly messages: readonly Message[]
  /** The reply of each round. */
  readonly replies: readonly GenerateResult[]
  /** All calls, in the order of the model. */
  readonly calls: readonly FinishedCall[]
  /** Sums over all replies; a count that one of them does not know is absent. */
  readonly usage: Usage
}

/**
 * Asks the model, runs the tools that it calls, and asks again with their results, until it answers
 * without a call or a limit is reached. Yields what happens; the generator returns the result. A
 * call that fails, takes too long, is not allowed or names no tool is told to the model. Leaving
 * the loop ends the calls that are running.
 *
 * Throws what `model.stream()` throws, `signal.reason` on abort, `invalid-request` for options that
 * are not valid, and what `approve` throws.
 */
export async function* streamWithTools<Schema extends JsonSchema | StandardSchema>(
  model: Model,
  request: ToolLoopRequest<Schema>,
  options: ToolLoopOptions = {},
): AsyncGenerator<ToolLoopPart, ToolLoopResult<InferOutput<Schema>>, void> {
  const parsedOptions = parseLoopOptions(options)
  const { timeLimit, signal: callerSignal } = parsedOptions
  checkTools(request.tools)
  const tools = new Map(request.tools.map((tool) => [tool.name, tool]))
  const modelRequest = withoutExecution(request)
  const typed = await parseTypedRequest(modelRequest, model.name)
  if (continuedText(typed.request.messages) !== '')
    throw new NanoError(
      'invalid-request',
      'tools: a reply cannot be continued while tools are run. Continue it with model.generate()',
    )
  const talk = exchange(typed.request.messages)
  const end = new AbortController()
  const { signal, release } = joinSignals(end.signal, ...(callerSignal ? [callerSignal] : []))
  const timeUp = new NanoError('timeout', `tools: the time limit of ${timeLimit} ms was reached`)
  const timer = timeLimit && setTimeout(() => end.abort(timeUp), Math.min(timeLimit, longestTimer))
  try {
    const callOptions = { ...parsedOptions, tools, signal }
    const endedBy = yield* runRounds({ model, request: modelRequest, typed, talk, callOptions })
    return toResult(talk, endedBy)
  } catch (error) {
    if (error !== timeUp) throw error
    yield* finishCalls(
      talk,
      talk.openCalls.map((call) =>
        refuse(call, 'The time was up before this call ended. It may have had its effect.'),
      ),
    )
    return toResult(talk, 'time')
  } finally {
    clearTimeout(timer)
    // Calls may still be running where the loop is left.
    end.abort()
    release()
  }
}

/** What `streamWithTools` returns, without the parts. Throws what it throws. */
export async function generateWithTools<Schema extends JsonSchema | StandardSchema>(
  model: Model,
  request: ToolLoopRequest<Schema>,
  options: ToolLoopOptions = {},
): Promise<ToolLoopResult<InferOutput<Schema>>> {
  const parts = streamWithTools(model, request, options)
  for (;;) {
    const { value, done } = await parts.next()
    if (done) return value
  }
}

/** The request as models take it: what tools do is not for them. */
function withoutExecution({ tools, ...fields }: ToolLoopRequest) {
  const plainTools = tools.map(({ name, description, parameters }) => ({
    name,
    description,
    parameters,
  }))
  return { ...fields, tools: plainTools }
}

interface Loop {
  readonly model: Model
  readonly request: ReturnType<typeof withoutExecution>
  /** The same as it is checked, with the reader of its schemas. */
  readonly typed: TypedRequest
  readonly talk: Exchange
  readonly callOptions: ParsedLoopOptions & CallsOptions
}

async function* runRounds(loop: Loop): AsyncGenerator<ToolLoopPart, LoopEnd, void> {
  const { talk, callOptions } = loop
  for (;;) {
    talk.addReply(yield* streamReply(loop))
    const { openCalls } = talk
    if (openCalls.length === 0) return 'answer'
    const limit = findLimit(talk, callOptions)
    const calls = limit
      ? openCalls.map((call) => refuse(call, limit.reason))
      : runCalls(openCalls, [...talk.messages], callOptions)
    yield* finishCalls(talk, calls)
    if (limit) return limit.name
  }
}

/** Streams the reply of one round. A demand of a call is for the first. */
async function* streamReply({
  model,
  request: { toolChoice, ...fields },
  typed,
  talk,
  callOptions: { signal },
}: Loop): AsyncGenerator<Part, GenerateResult, void> {
  const isFirst = talk.replies.length === 0
  const choice = isFirst || toolChoice === 'none' ? toolChoice : undefined
  const roundRequest = {
    ...fields,
    messages: talk.messages,
    ...(choice && { toolChoice: choice }),
  }
  const parts: Part[] = []
  for await (const part of model.stream(roundRequest, { signal })) {
    parts.push(part)
    yield part
  }
  return parseResult(typed, await collect(parts))
}

async function* finishCalls(
  talk: Exchange,
  calls: Iterable<FinishedCall> | AsyncIterable<FinishedCall>,
): AsyncGenerator<ToolLoopPart, void, void> {
  for await (const call of calls) {
    talk.addCall(call)
    yield { type: 'tool-result', ...call }
  }
}

interface ReachedLimit {
  readonly name: LoopEnd
  /** For the model, in place of the results of its calls. */
  readonly reason: string
}

function findLimit(
  { replies, calls, openCalls, tokens }: Exchange,
  { maxRounds, maxCalls, tokenLimit = Infinity }: ParsedLoopOptions,
): ReachedLimit | undefined {
  const toLimit = (name: LoopEnd, what: string) => ({
    name,
    reason: `Not run: the limit of ${what} is reached.`,
  })
  if (replies.length >= maxRounds) return toLimit('rounds', `${maxRounds} replies`)
  if (calls.length + openCalls.length > maxCalls) return toLimit('calls', `${maxCalls} calls`)
  if (tokens >= tokenLimit) return toLimit('tokens', `${tokenLimit} tokens`)
  return undefined
}

function toResult<Answer>(
  { messages, replies, calls, usage }: Exchange,
  endedBy: LoopEnd,
): ToolLoopResult<Answer> {
  const { text = '', object } = replies.at(-1) ?? {}
  return {
    text,
    ...(object !== undefined && { object: object as Answer }),
    endedBy,
    messages,
    replies,
    calls,
    usage,
  }
}
