import type { ChatFormat, Conversation } from '@nano/chat'
import { collectCallIds, continuesThought, findContinuedReply, partFilter } from '@nano/chat/engine'
import type { GenerateRequest, Part, TokenLogprob, ToolCall, Usage } from '@nano/core'
import { logprobCarrier, type ReasoningMarkers, type ReasoningSplitter } from '@nano/core/driver'
import { parseFinishReason } from '../finish-reason.ts'
import { answerFence } from './answer-fence.ts'
import type { ChatStep } from './chat-dialect.ts'
import { assertDemandedCalls } from './demanded-call.ts'
import type { ReasoningWarnings } from './reasoning-warnings.ts'
import { textSplitter } from './text-splitter.ts'
import { commonTags } from './thought-tags.ts'
import { toolCallAssembler } from './tool-call-assembler.ts'

export interface ReplyAssemblerOptions {
  /** Begins error messages. */
  readonly label: string
  readonly format: ChatFormat | undefined
  readonly conversation: Conversation
  /** What the reply has to be. */
  readonly demand: Pick<GenerateRequest, 'tools' | 'toolChoice' | 'schema'>
  /** The template of a model without a format begins a thought. */
  readonly opensThought: boolean
  /** The server is known to send thoughts in a field of their own, so text is never one. */
  readonly sendsThoughtsApart: boolean
  /** Called for a thought in the text, with its tags. */
  readonly onTaggedThought: (tags: ReasoningMarkers) => void
  readonly warnings: ReasoningWarnings
}

/** Assembles the parts of one reply from what a server's chat says step by step. */
export interface ReplyAssembler {
  /** Returns the parts that are complete; `logprobs` are those of the step's tokens. */
  push(step: ChatStep, logprobs: readonly TokenLogprob[] | undefined): readonly Part[]
  /** Gives the parts that are left and the finish. Throws `bad-output` without a demanded call. */
  end(): Iterable<Part>
}

export function replyAssembler({
  label,
  format,
  conversation,
  demand,
  opensThought,
  sendsThoughtsApart,
  onTaggedThought,
  warnings,
}: ReplyAssemblerOptions): ReplyAssembler {
  const showsReasoning = conversation.reasoning === 'on'
  const continuesAnswer = Boolean(findContinuedReply(conversation.messages)?.content)
  const isInThought = continuesThought(conversation)
  const filter = partFilter(conversation)
  const carrier = logprobCarrier()
  const toolCalls = toolCallAssembler(label, collectCallIds(conversation.messages))
  // Core checks the answer by its schema, and its code fence is no part of it.
  const fence = demand.schema && answerFence()
  const calls: ToolCall[] = []
  /** Set with the first text. */
  let splitter: ReasoningSplitter | undefined
  /** Of a thought in the text. */
  let tags: ReasoningMarkers = format?.reasoning ?? commonTags
  /** The text is read as a thought because the prompt begins one. */
  let assumesThought = false
  /** The server has sent a thought in a field of its own. */
  let hasThoughtField = false
  /** White space at the end of the thought so far; part of it only if more of it follows. */
  let pendingSpace = ''
  let rawFinishReason: string | undefined
  let usage: Usage = {}

  /** What the caller gets of the parts. */
  const findVisible = (parts: Iterable<Part>) =>
    [...parts].flatMap(withoutFence).map(carrier.attachTo).filter(isVisible)

  const withoutFence = (part: Part) =>
    part.type === 'text' && fence ? toParts(fence.push(part.text)) : [part]

  function isVisible(part: Part): boolean {
    if (part.type === 'tool-call') calls.push(part)
    const visible = filter.isVisible(part)
    if (part.type === 'reasoning') {
      if (!hasThoughtField) onTaggedThought(tags)
      if (!visible && !isInThought) warnings.reportHiddenThought()
    }
    return visible
  }

  function readThought(reasoning: string): readonly Part[] {
    const begins = !hasThoughtField && !isInThought
    const thought = begins ? reasoning.trimStart() : pendingSpace + reasoning
    const text = thought.trimEnd()
    pendingSpace = thought.slice(text.length)
    hasThoughtField ||= text !== ''
    return text === '' ? [] : findVisible([{ type: 'reasoning', text }])
  }

  function readText(text: string): readonly Part[] {
    if (splitter) return findVisible(splitter.push(text))
    // White space between thought and answer belongs to neither.
    const firstText = hasThoughtField ? text.trimStart() : text
    if (firstText === '') return []
    splitter = openSplitter(firstText)
    return findVisible(splitter.push(firstText))
  }

  /** Without a thought in a field of its own, the text may go on with what the prompt began. */
  function openSplitter(firstText: string): ReasoningSplitter {
    const mayBeginInside = !hasThoughtField && !sendsThoughtsApart
    const startsInside = startsInThought(conversation, format, opensThought)
    assumesThought = mayBeginInside && startsInside && !isInThought
    return textSplitter(format, conversation, {
      startsOpen: mayBeginInside && (isInThought ? 'begun' : startsInside),
      hasControlTokens: /^\s*<\|/.test(firstText),
      onTags: (foundTags) => void (tags = foundTags),
    })
  }

  /** What stands in the thought of a reply that ended by itself and said nothing else. */
  function findInThought(): readonly Part[] {
    const { thought } = filter
    const callParts = hasThoughtField ? findCalls(thought) : []
    const isUnclosed = assumesThought && splitter?.thinking === true
    return callParts.length > 0 || (showsReasoning && !isUnclosed)
      ? callParts
      : [{ type: 'text', text: thought }]
  }

  function findCalls(thought: string): readonly Part[] {
    if (conversation.tools.length === 0) return []
    const thoughtSplitter = textSplitter(format, conversation, { startsOpen: 'begun' })
    return [...thoughtSplitter.push(thought), ...thoughtSplitter.end()].filter(
      ({ type }) => type === 'tool-call',
    )
  }

  return {
    push(step, logprobs) {
      if (logprobs) carrier.push(logprobs)
      const { reasoning, text } = continuesAnswer ? withoutThought(step) : step
      const thoughtParts = reasoning ? readThought(reasoning) : []
      const textParts = text ? readText(text) : []
      if (step.toolCalls) toolCalls.push(step.toolCalls)
      rawFinishReason = step.rawFinishReason || rawFinishReason
      if (step.usage) usage = { ...usage, ...step.usage }
      return [...thoughtParts, ...textParts]
    },

    *end(): Generator<Part> {
      const serverReason = parseFinishReason(rawFinishReason, label)
      const isCut = serverReason !== 'stop' && serverReason !== 'tool-calls'
      yield* findVisible([...(splitter?.end(isCut) ?? []), ...toolCalls.end(isCut)])
      if (!isCut && filter.isOnlyThought) yield* findVisible(findInThought())
      yield* toParts(fence?.end() ?? '').map(carrier.attachTo)
      if (!isCut) assertDemandedCalls(demand, calls, label)
      const isThoughtMissing = showsReasoning && filter.thought === '' && !isCut && !continuesAnswer
      if (isThoughtMissing) warnings.reportMissingThought()
      // Servers that parse no calls say `stop` after one, and some say `tool_calls` without one.
      const endReason = filter.hasToolCall ? 'tool-calls' : 'stop'
      const finishReason = isCut ? serverReason : endReason
      yield {
        type: 'finish',
        finishReason,
        ...(rawFinishReason !== undefined &&
          rawFinishReason !== finishReason && { rawFinishReason }),
        usage,
        timings: {},
      }
    },
  }
}

function toParts(text: string): readonly Part[] {
  return text === '' ? [] : [{ type: 'text', text }]
}

/** A server's parser takes the rest of an answer that has no tags for a thought. */
function withoutThought({ reasoning = '', text = '' }: ChatStep): ChatStep {
  return { text: reasoning + text }
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
