import type { ChatFormat, Conversation } from '@nano/chat'
import { collectCallIds, findContinuedReply, hermesCalls, replySplitter } from '@nano/chat/engine'
import type { ReasoningMarkers, ReasoningSplitter } from '@nano/core/driver'
import { splitMarkedThought } from './thought-markers.ts'

interface TextSplitterOptions {
  readonly startsOpen: boolean | 'begun'
  /** The server sends the model's control tokens as text. */
  readonly hasControlTokens?: boolean
  /** Called with the markers of a thought, where the model's own ones are unknown. */
  readonly onMarkers?: ((markers: ReasoningMarkers) => void) | undefined
}

/** Splits the text of a server's reply into thought, calls and answer; each family as it writes. */
export function textSplitter(
  format: ChatFormat | undefined,
  conversation: Conversation,
  { startsOpen, hasControlTokens = false, onMarkers }: TextSplitterOptions,
): ReasoningSplitter {
  if (format) {
    const lacksControlTokens = !hasControlTokens
    return replySplitter(format, conversation, { lacksControlTokens, startsOpen })
  }
  const thoughtSplitter = splitMarkedThought(startsOpen, onMarkers)
  const { messages, tools, demandsCall } = conversation
  if (tools.length === 0) return thoughtSplitter
  // A server without the model's parser of calls leaves them in the text.
  return hermesCalls.splitToolCalls(thoughtSplitter, {
    earlierIds: collectCallIds(messages),
    earlierText: findContinuedReply(messages)?.content,
    tools,
    demandsCall,
  })
}
