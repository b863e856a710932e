import type { ChatFormat, Conversation } from '@nano/chat'
import {
  collectCallIds,
  continuesThought,
  findContinuedReply,
  hermesCalls,
  replySplitter,
} from '@nano/chat/engine'
import type { GenerateRequest, Part, ToolCall, Usage } from '@nano/core'
import { logprobCarrier, type ReasoningSplitter } from '@nano/core/driver'
import type { ValueStream } from '../transport/value-stream.ts'
import { type ChatStep, hasContent } from './chat-dialect.ts'
import type { LogprobReader } from './chat-logprobs.ts'
import type { ReasoningWarnings } from './reasoning-warnings.ts'
import { parseFinishReason } from '../finish-reason.ts'
import { answerFence } from './answer-fence.ts'
import { assertDemandedCalls } from './demanded-call.ts'
import { splitTaggedThought } from './thought-tags.ts'
import { toolCallAssembler } from './tool-call-assembler.ts'

interface ReplyOptions {
  /** Begins error messages. */
  readonly label: string
  readonly format: ChatFormat | undefined
  readonly conversation: Conversation
  /** What the reply has to be. */
  readonly demand: Pick<GenerateRequest, 'tools' | 'toolChoice' | 'schema'>
  readonly values: ValueStream
  readonly decode: (value: unknown) => ChatStep
  /** The template of a model without a format begins a thought. */
  readonly opensThought: boolean
  /** The server is known to send thoughts in a field of their own, so text is never one. */
  readonly sendsThoughtsApart: boolean
  /** Called for a thought in the text. */
  readonly onTaggedThought: () => void
  /** Absent where the request asks for no log-probabilities. */
  readonly readLogprobs?: LogprobReader
  readonly warnings: ReasoningWarnings
}

/** Milliseconds: some services send a finish reason with each piece of a reply. */
const maxWaitForContent = 10_000

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
  values,
  decode,
  opensThought,
  sendsThoughtsApart,
  onTaggedThought,
  readLogprobs,
  warnings,
}: ReplyOptions): AsyncGenerator<Part, void, void> {
  const showsReasoning = conversation.reasoning === 'on'
  const continuesAnswer = Boolean(findContinuedReply(conversation.messages)?.content)
  const isInThought = continuesThought(conversation)
  const { tools } = conversation
  const earlierIds = collectCallIds(conversation.messages)
  const toolCalls = toolCallAssembler(label, earlierIds)
  const carrier = logprobCarrier()
  /** Set with the first text. */
  let splitter: ReasoningSplitter | undefined
  /** The text is read as a thought because the prompt begins one. */
  let assumesThought = false
  /** The server has sent a thought in a field of its own. */
  let hasThought = false
  /** White space at the end of the thought so far; part of it only if more of it follows. */
  let pendingSpace = ''
  let hasText = false
  const calls: ToolCall[] = []
  let wholeThought = ''
  let hasVisibleThought = false
  let hasVisibleText = false
  let rawFinishReason: string | undefined
  let isLast = false
  let usage: Usage = {}
  // Core checks the answer by its schema, and its code fence is no part of it.
  const fence = demand.schema && answerFence()

  /** What the caller gets of a part, if anything. */
  function findVisible(part: Part): Part | undefined {
    if (part.type === 'tool-call') calls.push(part)
    if (part.type === 'text') return toAnswer(fence ? fence.push(part.text) : part.text)
    if (part.type !== 'reasoning') return part
    const thought = carrier.attachTo(part)
    wholeThought += part.text
    if (!hasThought) onTaggedThought()
    if (showsReasoning) {
      hasVisibleThought = true
      return thought
    }
    if (!isInThought) warnings.reportHiddenThought()
    return undefined
  }

  function toAnswer(text: string): Part | undefined {
    hasVisibleText ||= text.trim() !== ''
    return text === '' ? undefined : carrier.attachTo({ type: 'text', text })
  }

  /** Without a thought in a field of its own, the text may go on with what the prompt began. */
  function openSplitter(firstText: string): ReasoningSplitter {
    const mayBeginInside = !hasThought && !sendsThoughtsApart
    const startsInside = startsInThought(conversation, format, opensThought)
    assumesThought = mayBeginInside && startsInside && !isInThought
    const startsOpen = mayBeginInside && (isInThought ? 'begun' : startsInside)
    return createSplitter(startsOpen, /^\s*<\|/.test(firstText))
  }

  function createSplitter(
    startsOpen: boolean | 'begun',
    hasControlTokens = false,
  ): ReasoningSplitter {
    const lacksControlTokens = !hasControlTokens
    if (format) return replySplitter(format, conversation, { lacksControlTokens, startsOpen })
    const thoughts = splitTaggedThought(startsOpen)
    // A server without the model's parser of calls leaves them in the text.
    const { demandsCall } = conversation
    const earlierText = findContinuedReply(conversation.messages)?.content
    const callOptions = { earlierIds, earlierText, tools, demandsCall }
    return tools.length > 0 ? hermesCalls.splitToolCalls(thoughts, callOptions) : thoughts
  }

  /** The calls in a thought that the server sent in a field of its own. */
  function findCalls(thought: string): readonly Part[] {
    if (!hasThought || tools.length === 0) return []
    const thoughtSplitter = createSplitter('begun')
    return [...thoughtSplitter.push(thought), ...thoughtSplitter.end()].filter(
      ({ type }) => type === 'tool-call',
    )
  }

  try {
    while (!isLast) {
      const chunk = await values.next()
      if (!chunk) break
      for (const value of chunk) {
        const decodedStep = decode(value)
        const step = continuesAnswer ? withoutThought(decodedStep) : decodedStep
        if (step.logprobs && readLogprobs) carrier.push(await readLogprobs(step.logprobs))
        if (step.reasoning) {
          const thought: string =
            hasThought || isInThought ? pendingSpace + step.reasoning : step.reasoning.trimStart()
          const text = thought.trimEnd()
          pendingSpace = thought.slice(text.length)
          hasThought ||= text !== ''
          const part = text ? findVisible({ type: 'reasoning', text }) : undefined
          if (part) yield part
        }
        // White space between thought and answer belongs to neither.
        const isSeparator = hasThought && !splitter && step.text?.trim() === ''
        if (step.text && !isSeparator) {
          splitter ??= openSplitter(step.text)
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
          values.expectEnd(hasContent(step) ? maxWaitForContent : undefined)
        } else if (hasContent(step)) values.expectMore()
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
  // A reply that ended by itself and said nothing else has its calls or answer in the thought.
  if (!isCut && calls.length === 0 && !hasVisibleText && wholeThought) {
    lastParts.push(...findCalls(wholeThought).map(findVisible))
    const isUnclosed = assumesThought && splitter?.thinking === true
    if (calls.length === 0 && (!showsReasoning || isUnclosed))
      lastParts.push(findVisible({ type: 'text', text: wholeThought }))
  }
  const hasToolCall = calls.length > 0
  lastParts.push(toAnswer(fence?.end() ?? ''))
  for (const part of lastParts) if (part) yield part
  if (!isCut) assertDemandedCalls(demand, calls, label)
  const isThoughtMissing = showsReasoning && !hasVisibleThought && !isCut && !continuesAnswer
  if (isThoughtMissing) warnings.reportMissingThought()
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

/** A server's parser takes the rest of an answer that has no tags for a thought. */
function withoutThought({ reasoning = '', text = '', ...step }: ChatStep): ChatStep {
  return { ...step, text: reasoning + text }
}

function startsInThought(
  conversation: Conversation,
  format: ChatFormat | undefined,
  opensThought: boolean,
): boolean {
  if (conversation.reasoning === 'off') return false
  if (format) return format.reasoning?.promptOpensThought?.(conversation) ?? false
  return opensThought && !findContinuedReply(conversation.messages)
}
