import type { ChatFormat, Conversation } from '@nano/chat'
import { takenIds } from '@nano/chat/engine'
import {
  type FinishReason,
  type GenerateRequest,
  NanoError,
  type Part,
  type Usage,
} from '@nano/core'
import { type ReasoningSplitter, splitReasoning } from '@nano/core/driver'
import type { ChatStep } from './chat-dialect.ts'
import type { Values } from '../transport/value-stream.ts'
import { assembleCalls } from './assemble-calls.ts'

interface ReplyOptions {
  readonly who: string
  readonly format: ChatFormat | undefined
  readonly request: GenerateRequest
  readonly asked: Conversation
  /** What the server sends, as it comes. */
  readonly source: Values
  readonly decode: (value: unknown) => ChatStep
}

const reasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  stop_sequence: 'stop',
  stop_token: 'stop',
  length: 'length',
  max_tokens: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  tool_call: 'tool-calls',
}

/**
 * One reply of a server's chat: thoughts from whichever field or tags they come in, calls put
 * together, one finish. A thought although reasoning is off is not shown.
 */
export async function* reply({
  who,
  format,
  request,
  asked,
  source,
  decode,
}: ReplyOptions): AsyncGenerator<Part, void, void> {
  const calls = assembleCalls(who, takenIds(request.messages))
  let machine: ReasoningSplitter | undefined
  let thought = false
  /** White space at the end of the thought so far: part of it only when more of it follows. */
  let space = ''
  /** No text came yet; white space between thought and answer belongs to neither. */
  let fresh = true
  let called = false
  let reason: string | undefined
  let over = false
  let usage: Usage = {}
  const written: string[] = []

  /** Whether a part is for the caller. */
  function shown(part: Part): boolean {
    called ||= part.type === 'tool-call'
    if (part.type === 'text' && request.schema) written.push(part.text)
    return part.type !== 'reasoning' || asked.reasoning === 'on'
  }

  try {
    while (!over) {
      const values = await source.next()
      if (!values) break
      for (const value of values) {
        const step = decode(value)
        if (step.reasoning) {
          const said: string = thought ? space + step.reasoning : step.reasoning.trimStart()
          const text = said.trimEnd()
          space = said.slice(text.length)
          thought ||= text !== ''
          if (text && asked.reasoning === 'on') yield { type: 'reasoning', text }
        }
        if (step.text && !(thought && machine === undefined && step.text.trim() === '')) {
          // A server that finds the thought tells it first; where the prompt opened it and none was
          // told, the text goes on with it.
          machine ??= splitter(format, asked, !thought)
          for (const part of machine.push(fresh && thought ? step.text.trimStart() : step.text))
            if (shown(part)) yield part
          fresh = false
        }
        if (step.calls) calls.push(step.calls)
        if (step.reason) {
          reason = step.reason
          source.ended()
        }
        if (step.usage) usage = { ...usage, ...step.usage }
        over = step.over === true
        if (over) break
      }
    }
  } finally {
    source.leave()
  }
  if (reason === undefined)
    throw new NanoError(
      'bad-output',
      `${who}: the server ended the stream in the middle of a reply, without saying why`,
      { retryable: true },
    )
  if (reason === 'abort' || reason === 'error')
    throw new NanoError('unavailable', `${who}: the server broke the reply off (${reason})`, {
      retryable: true,
    })

  const cut = reasons[reason] === 'length'
  for (const part of [...(machine?.end(cut) ?? []), ...calls.end(cut)]) if (shown(part)) yield part
  if (request.schema && !cut && !called && !isJson(written.join('')))
    throw new NanoError(
      'bad-output',
      `${who}: the server was asked to keep to a schema, and the answer is not JSON`,
    )
  const end = reasons[reason] ?? 'stop'
  yield {
    type: 'finish',
    finishReason:
      called && end === 'stop' ? 'tool-calls' : end === 'tool-calls' && !called ? 'stop' : end,
    usage,
    timings: {},
  }
}

function splitter(
  format: ChatFormat | undefined,
  asked: Conversation,
  mayStartOpen: boolean,
): ReasoningSplitter {
  const thoughts = thoughtSplitter(format, asked, mayStartOpen)
  // Where the server reads the calls, none are left in the text.
  return format?.toolCalls && asked.tools.length > 0
    ? format.toolCalls(thoughts, { taken: takenIds(asked.messages), tools: asked.tools })
    : thoughts
}

function thoughtSplitter(
  format: ChatFormat | undefined,
  asked: Conversation,
  mayStartOpen: boolean,
): ReasoningSplitter {
  const reasoning = format?.reasoning
  if (!reasoning)
    return {
      thinking: false,
      held: '',
      push: (text) => (text ? [{ type: 'text', text }] : []),
      end: () => [],
    }
  // Control tokens do not reach the text of a chat, so a splitter that looks for them finds
  // nothing.
  if (reasoning.split && !reasoning.controls) return reasoning.split(asked)
  return splitReasoning({
    open: reasoning.open,
    close: reasoning.close,
    startsOpen:
      mayStartOpen && asked.reasoning === 'on' && (reasoning.startsOpen?.(asked) ?? false),
  })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
