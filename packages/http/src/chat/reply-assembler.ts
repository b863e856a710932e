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
  /** Called for a thought in the text, with its markers. */
  readonly onMarkedThought: (markers: ReasoningMarkers) => void
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
  onMarkedThought,
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

  /** Adds what the caller gets of `parts` to `visibleParts`: this runs for each token. */
  function addVisible(parts: Iterable<Part>, visibleParts: Part[]): void {
    for (const part of parts) {
      const text = part.type === 'text' && fence ? fence.push(part.text) : undefined
      if (text === '') continue
      const shownPart = carrier.attachTo(text === undefined ? part : { type: 'text', text })
      if (isVisible(shownPart)) visibleParts.push(shownPart)
    }
  }

  function findVisible(parts: Iterable<Part>): readonly Part[] {
    const visibleParts: Part[] = []
    addVisible(parts, visibleParts)
    return visibleParts
  }

  function isVisible(part: Part): boolean {
    if (part.type === 'tool-call') calls.push(part)
    const isAccepted = filter.accept(part)
    if (part.type === 'reasoning') {
      if (!content.hasThoughtField) onMarkedThought(content.markers)
      if (!isAccepted && !isInThought) warnings.reportHiddenThought()
    }
    return isAccepted
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
      const parts: Part[] = []
      if (reasoning) addVisible(content.readThought(reasoning), parts)
      if (text) addVisible(content.readText(text), parts)
      if (step.toolCalls) toolCalls.push(step.toolCalls)
      rawFinishReason = step.rawFinishReason || rawFinishReason
      if (step.usage) usage = { ...usage, ...step.usage }
      return parts
    },

    *end(): Generator<Part> {
      const serverReason = parseFinishReason(rawFinishReason, label)
      const isCut = serverReason !== 'stop' && serverReason !== 'tool-calls'
      yield* findVisible([...content.end(isCut), ...toolCalls.end(isCut)])
      if (!isCut && filter.isOnlyThought) yield* findVisible(findInThought())
      const lastText = fence?.end()
      if (lastText) yield carrier.attachTo({ type: 'text', text: lastText })
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

/** A server's parser takes the rest of an answer that has no markers for a thought. */
function withoutThought({ reasoning = '', text = '' }: ChatStep): ChatStep {
  return { text: reasoning + text }
}
