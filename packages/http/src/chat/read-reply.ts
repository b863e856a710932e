import type { ChatFormat, Conversation } from '@nano/chat'
import { collectCallIds, replySplitter } from '@nano/chat/engine'
import { NanoError, type Part, type Usage } from '@nano/core'
import type { ReasoningSplitter } from '@nano/core/driver'
import type { ValueStream } from '../transport/value-stream.ts'
import type { ChatStep } from './chat-dialect.ts'
import { parseFinishReason } from '../finish-reason.ts'
import { toolCallAssembler } from './tool-call-assembler.ts'

interface ReplyOptions {
  /** Begins error messages. */
  readonly label: string
  readonly format: ChatFormat | undefined
  readonly conversation: Conversation
  /** The answer has to be JSON. */
  readonly hasSchema: boolean
  readonly values: ValueStream
  readonly decode: (value: unknown) => ChatStep
}

/**
 * Reads one reply of a server's chat: the thought from the server's fields or from tags in the
 * text, tool calls assembled, one finish. With reasoning off, a thought is dropped, but where the
 * model ended its reply and said nothing else.
 */
export async function* readReply({
  label,
  format,
  conversation,
  hasSchema,
  values,
  decode,
}: ReplyOptions): AsyncGenerator<Part, void, void> {
  const showsReasoning = conversation.reasoning === 'on'
  const toolCalls = toolCallAssembler(label, collectCallIds(conversation.messages))
  /** Set with the first text. */
  let splitter: ReasoningSplitter | undefined
  /** The server has sent a thought in a field of its own. */
  let hasThought = false
  /** White space at the end of the thought so far; part of it only if more of it follows. */
  let pendingSpace = ''
  let hasText = false
  let hasToolCall = false
  /** With reasoning off, the thought that the caller does not get. */
  let hiddenThought = ''
  let hasVisibleText = false
  let rawFinishReason: string | undefined
  let isLast = false
  let usage: Usage = {}
  let answer = ''

  function isVisible(part: Part): boolean {
    hasToolCall ||= part.type === 'tool-call'
    if (part.type === 'text') {
      hasVisibleText ||= part.text.trim() !== ''
      if (hasSchema) answer += part.text
    }
    if (part.type !== 'reasoning' || showsReasoning) return true
    hiddenThought += part.text
    return false
  }

  try {
    while (!isLast) {
      const chunk = await values.next()
      if (!chunk) break
      for (const value of chunk) {
        const step = decode(value)
        if (step.reasoning) {
          const thought: string = hasThought
            ? pendingSpace + step.reasoning
            : step.reasoning.trimStart()
          const text = thought.trimEnd()
          pendingSpace = thought.slice(text.length)
          hasThought ||= text !== ''
          const part: Part = { type: 'reasoning', text }
          if (text && isVisible(part)) yield part
        }
        // White space between thought and answer belongs to neither.
        const isSeparator = hasThought && !splitter && step.text?.trim() === ''
        if (step.text && !isSeparator) {
          // After a thought in a field of its own, the text is the answer. Without one, the text
          // may continue the thought that the prompt began.
          splitter ??= replySplitter(format, conversation, {
            lacksControlTokens: true,
            startsOpen: !hasThought && startsInThought(format, conversation),
          })
          const text = hasThought && !hasText ? step.text.trimStart() : step.text
          for (const part of splitter.push(text)) if (isVisible(part)) yield part
          hasText = true
        }
        if (step.toolCalls) toolCalls.push(step.toolCalls)
        if (step.rawFinishReason) {
          rawFinishReason = step.rawFinishReason
          values.expectEnd()
        }
        if (step.usage) usage = { ...usage, ...step.usage }
        isLast = step.isLast === true
        if (isLast) break
      }
    }
  } finally {
    values.close()
  }

  const serverReason = parseFinishReason(rawFinishReason, label)
  const isCut = serverReason !== 'stop' && serverReason !== 'tool-calls'
  for (const part of [...(splitter?.end(isCut) ?? []), ...toolCalls.end(isCut)])
    if (isVisible(part)) yield part
  if (hasSchema && !isCut && !hasToolCall && !isJson(answer))
    throw new NanoError(
      'bad-output',
      `${label}: the server ignored the schema: the answer is not JSON`,
    )
  if (!isCut && !hasToolCall && !hasVisibleText && hiddenThought)
    yield { type: 'text', text: hiddenThought }
  // Servers that parse no calls say `stop` after one, and some say `tool_calls` without one.
  const endReason = hasToolCall ? 'tool-calls' : 'stop'
  const finishReason = isCut ? serverReason : endReason
  yield {
    type: 'finish',
    finishReason,
    ...(rawFinishReason !== undefined && rawFinishReason !== finishReason && { rawFinishReason }),
    usage,
    timings: {},
  }
}

function startsInThought(format: ChatFormat | undefined, conversation: Conversation): boolean {
  return (
    conversation.reasoning === 'on' &&
    (format?.reasoning?.promptOpensThought?.(conversation) ?? false)
  )
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
