import type { ChatFormat, Conversation } from '@nano/chat'
import { collectCallIds, continuesThought, findContinuedReply, partFilter } from '@nano/chat/engine'
import type { FinishReason, GenerateRequest, Part, TokenLogprob, ToolCall, Usage } from '@nano/core'
import { logprobCarrier, type ReasoningMarkers } from '@nano/core/driver'
import { parseFinishReason } from '../finish-reason.ts'
import { answerFence } from './answer-fence.ts'
import type { ChatStep } from './chat-dialect.ts'
import { contentReader, type ContentReaderOptions } from './content-reader.ts'
import { assertDemandedCalls } from './demanded-call.ts'
import type { ReasoningWarnings } from './reasoning-warnings.ts'
import { textSplitter } from './text-splitter.ts'
import { toolCallAssembler } from './tool-call-assembler.ts'

export interface ReplyAssemblerOptions extends ContentReaderOptions {
  /** Begins error messages. */
  readonly label: string
  /** What the reply has to be. */
  readonly demand: Pick<GenerateRequest, 'tools' | 'toolChoice' | 'schema'>
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
  const content = contentReader({ format, conversation, opensThought, sendsThoughtsApart })
  const filter = partFilter(conversation)
  const carrier = logprobCarrier()
  const toolCalls = toolCallAssembler(label, collectCallIds(conversation.messages))
  // Core checks the answer by its schema, and its code fence is no part of it.
  const fence = demand.schema && answerFence()
  const calls: ToolCall[] = []
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
      if (!content.hasThoughtField) onTaggedThought(content.tags)
      if (!visible && !isInThought) warnings.reportHiddenThought()
    }
    return visible
  }

  /** What stands in the thought of a reply that ended by itself and said nothing else. */
  function findInThought(): readonly Part[] {
    const { thought } = filter
    const callParts = content.hasThoughtField ? findCalls(thought, conversation, format) : []
    return callParts.length > 0 || (showsReasoning && !content.isInAssumedThought)
      ? callParts
      : [{ type: 'text', text: thought }]
  }

  return {
    push(step, logprobs) {
      if (logprobs) carrier.push(logprobs)
      const { reasoning, text } = continuesAnswer ? withoutThought(step) : step
      const thoughtParts = reasoning ? findVisible(content.readThought(reasoning)) : []
      const textParts = text ? findVisible(content.readText(text)) : []
      if (step.toolCalls) toolCalls.push(step.toolCalls)
      rawFinishReason = step.rawFinishReason || rawFinishReason
      if (step.usage) usage = { ...usage, ...step.usage }
      return [...thoughtParts, ...textParts]
    },

    *end(): Generator<Part> {
      const serverReason = parseFinishReason(rawFinishReason, label)
      const isCut = serverReason !== 'stop' && serverReason !== 'tool-calls'
      yield* findVisible([...content.end(isCut), ...toolCalls.end(isCut)])
      if (!isCut && filter.isOnlyThought) yield* findVisible(findInThought())
      yield* toParts(fence?.end() ?? '').map(carrier.attachTo)
      if (!isCut) assertDemandedCalls(demand, calls, label)
      const isThoughtMissing = showsReasoning && filter.thought === '' && !isCut && !continuesAnswer
      if (isThoughtMissing) warnings.reportMissingThought()
      // Servers that parse no calls say `stop` after one, and some say `tool_calls` without one.
      const endReason = filter.hasToolCall ? 'tool-calls' : 'stop'
      yield finishPart(isCut ? serverReason : endReason, { rawFinishReason, usage })
    },
  }
}

function finishPart(
  finishReason: FinishReason,
  {
    rawFinishReason,
    usage,
  }: { readonly rawFinishReason: string | undefined; readonly usage: Usage },
): Part {
  const isOtherWord = rawFinishReason !== undefined && rawFinishReason !== finishReason
  return {
    type: 'finish',
    finishReason,
    ...(isOtherWord && { rawFinishReason }),
    usage,
    timings: {},
  }
}

function findCalls(
  thought: string,
  conversation: Conversation,
  format: ChatFormat | undefined,
): readonly Part[] {
  if (conversation.tools.length === 0) return []
  const splitter = textSplitter(format, conversation, { startsOpen: 'begun' })
  return [...splitter.push(thought), ...splitter.end()].filter(({ type }) => type === 'tool-call')
}

function toParts(text: string): readonly Part[] {
  return text === '' ? [] : [{ type: 'text', text }]
}

/** A server's parser takes the rest of an answer that has no tags for a thought. */
function withoutThought({ reasoning = '', text = '' }: ChatStep): ChatStep {
  return { text: reasoning + text }
}
