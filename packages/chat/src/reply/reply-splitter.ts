import type { Part } from '@nano/core'
import { type ReasoningSplitter, splitReasoning, type SplitOptions } from '@nano/core/driver'
import type { ChatFormat } from '../format/chat-format.ts'
import { continuesThought, type Conversation, findContinuedReply } from '../prompt/conversation.ts'
import { collectCallIds } from '../tool-calls/call-ids.ts'
import { passThroughSplitter } from './pass-through-splitter.ts'
import { unwrapAnswer } from './unwrap-answer.ts'

interface ReplySplitterOptions {
  /** Where the reply starts; absent, what the format says of its prompt. */
  readonly startsOpen?: SplitOptions['startsOpen']
  /** The text has no control tokens: the chat endpoint of a server drops them. */
  readonly lacksControlTokens?: boolean
}

/**
 * Splits a reply into its thought, its tool calls where tools are offered, and its text. Without a
 * format, all of it is text.
 */
export function replySplitter(
  format: ChatFormat | undefined,
  conversation: Conversation,
  options: ReplySplitterOptions = {},
): ReasoningSplitter {
  const splitter = thoughtSplitter(format, conversation, options)
  const { messages, tools, demandsCall } = conversation
  const callSplitter =
    format?.splitToolCalls && tools.length > 0
      ? format.splitToolCalls(splitter, {
          earlierIds: collectCallIds(messages),
          earlierText: findContinuedReply(messages)?.content,
          tools,
          demandsCall,
        })
      : splitter
  const answer = format?.reasoning?.answer
  // Around the splitter of calls, so that tags in an argument stay there.
  return answer
    ? unwrapAnswer(callSplitter, {
        ...answer,
        // The prompt writes the tag before an answer to continue.
        startsOpen: Boolean(findContinuedReply(messages)?.content),
      })
    : callSplitter
}

function thoughtSplitter(
  format: ChatFormat | undefined,
  conversation: Conversation,
  { startsOpen, lacksControlTokens = false }: ReplySplitterOptions,
): ReasoningSplitter {
  if (!format?.reasoning) return passThroughSplitter
  const { open, close, splitReply, promptOpensThought } = format.reasoning
  // Without control tokens, a splitter that looks for them would find nothing.
  if (splitReply && !(lacksControlTokens && format.controlTokens)) return splitReply(conversation)
  return splitReasoning({
    open,
    close,
    startsOpen:
      startsOpen ??
      (continuesThought(conversation) ? 'begun' : (promptOpensThought?.(conversation) ?? false)),
  })
}

/** Decides which parts of a reply the caller gets. */
export interface PartFilter {
  readonly hasToolCall: boolean
  /** The thought so far, whether the caller gets it or not. */
  readonly thought: string
  /**
   * The reply has neither a call nor text besides its thought. Where the model ended it so with
   * reasoning off, the thought is the answer.
   */
  readonly isOnlyThought: boolean
  /** Notes the part, and returns whether the caller gets it: with reasoning off, no thought. */
  accept(part: Part): boolean
}

export function partFilter({ reasoning }: Pick<Conversation, 'reasoning'>): PartFilter {
  let hasToolCall = false
  let hasText = false
  let thought = ''
  return {
    get hasToolCall() {
      return hasToolCall
    },
    get thought() {
      return thought
    },
    get isOnlyThought() {
      return thought !== '' && !hasToolCall && !hasText
    },
    accept(part) {
      hasToolCall ||= part.type === 'tool-call'
      hasText ||= part.type === 'text' && part.text.trim() !== ''
      if (part.type !== 'reasoning') return true
      thought += part.text
      return reasoning === 'on'
    },
  }
}
