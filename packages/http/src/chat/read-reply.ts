import type { ChatFormat, Conversation } from '@nano/chat'
import { collectCallIds, replySplitter } from '@nano/chat/engine'
import { type GenerateRequest, NanoError, type Part, type ToolCall, type Usage } from '@nano/core'
import { type ReasoningSplitter, splitReasoning } from '@nano/core/driver'
import type { ValueStream } from '../transport/value-stream.ts'
import type { ChatStep } from './chat-dialect.ts'
import { parseFinishReason } from '../finish-reason.ts'
import type { AnswerChecker } from './answer-checker.ts'
import { answerFence } from './answer-fence.ts'
import { assertDemandedCalls } from './demanded-call.ts'
import { toolCallAssembler } from './tool-call-assembler.ts'

interface ReplyOptions {
  /** Begins error messages. */
  readonly label: string
  readonly format: ChatFormat | undefined
  readonly conversation: Conversation
  /** What the calls of the reply have to be. */
  readonly demand: Pick<GenerateRequest, 'tools' | 'toolChoice'>
  /** Absent, the answer has no schema. */
  readonly findFault?: AnswerChecker | undefined
  readonly values: ValueStream
  readonly decode: (value: unknown) => ChatStep
  /** Called for each piece of a thought that the caller does not get. */
  readonly onHiddenThought: () => void
}

/** The tags of a thought at the start of a reply, for a model whose own ones are unknown. */
export const commonTags = { open: '<think>', close: '</think>' } as const

/**
 * Reads one reply of a server's chat: the thought from the server's fields or from tags in the
 * text, tool calls assembled, one finish. With reasoning off, a thought is dropped, but where the
 * model ended its reply and said nothing else.
 */
export async function* readReply({
  label,
  format,
  conversation,
  demand,
  findFault,
  values,
  decode,
  onHiddenThought,
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
  const calls: ToolCall[] = []
  /** With reasoning off, the thought that the caller does not get. */
  let hiddenThought = ''
  let hasVisibleText = false
  let rawFinishReason: string | undefined
  let isLast = false
  let usage: Usage = {}
  const fence = findFault && answerFence()
  let answer = continuedText(conversation)

  /** What the caller gets of a part, if anything. */
  function findVisible(part: Part): Part | undefined {
    if (part.type === 'tool-call') calls.push(part)
    if (part.type === 'text') return toAnswer(part, fence ? fence.push(part.text) : part.text)
    if (part.type !== 'reasoning' || showsReasoning) return part
    hiddenThought += part.text
    onHiddenThought()
    return undefined
  }

  function toAnswer(part: Part, text: string): Part | undefined {
    hasVisibleText ||= text.trim() !== ''
    if (findFault) answer += text
    if (text === '') return undefined
    return part.type === 'text' && part.text === text ? part : { type: 'text', text }
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
          const part = text ? findVisible({ type: 'reasoning', text }) : undefined
          if (part) yield part
        }
        // White space between thought and answer belongs to neither.
        const isSeparator = hasThought && !splitter && step.text?.trim() === ''
        if (step.text && !isSeparator) {
          // After a thought in a field of its own, the text is the answer. Without one, the text
          // may continue the thought that the prompt began.
          splitter ??= format
            ? replySplitter(format, conversation, {
                lacksControlTokens: true,
                startsOpen: !hasThought && startsInThought(format, conversation),
              })
            : splitReasoning(commonTags)
          const text = hasThought && !hasText ? step.text.trimStart() : step.text
          for (const part of splitter.push(text)) {
            const visiblePart = findVisible(part)
            if (visiblePart) yield visiblePart
          }
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
  const lastParts = [...(splitter?.end(isCut) ?? []), ...toolCalls.end(isCut)].map(findVisible)
  // A reply that ended by itself and said nothing else was a thought for an answer.
  const hasToolCall = calls.length > 0
  if (!isCut && !hasToolCall && !hasVisibleText && hiddenThought)
    lastParts.push(findVisible({ type: 'text', text: hiddenThought }))
  const heldText = fence?.end() ?? ''
  lastParts.push(toAnswer({ type: 'text', text: heldText }, heldText))
  for (const part of lastParts) if (part) yield part
  if (!isCut) assertDemandedCalls(demand, calls, label)
  const fault = isCut || hasToolCall ? undefined : findFault?.(answer)
  if (fault !== undefined)
    throw new NanoError(
      'bad-output',
      `${label}: the server ignored the schema: the answer does not hold to it: ${fault}`,
    )
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

/** The beginning of the answer, where the request continues one. */
function continuedText({ messages }: Conversation): string {
  const last = messages.at(-1)
  return last?.role === 'assistant' && last.continue ? last.content : ''
}
