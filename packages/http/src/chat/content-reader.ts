import type { ChatFormat, Conversation } from '@nano/chat'
import { continuesThought, findContinuedReply } from '@nano/chat/engine'
import type { Part } from '@nano/core'
import type { ReasoningMarkers, ReasoningSplitter } from '@nano/core/driver'
import { textSplitter } from './text-splitter.ts'
import { commonMarkers } from './thought-markers.ts'

export interface ContentReaderOptions {
  readonly format: ChatFormat | undefined
  readonly conversation: Conversation
  /** The template of a model without a format begins a thought. */
  readonly opensThought: boolean
  /** The server is known to send thoughts in a field of their own, so text is never one. */
  readonly sendsThoughtsApart: boolean
}

/** Reads the thought, the calls and the answer of one reply, whichever field they are in. */
export interface ContentReader {
  /** The server has sent a thought in a field of its own. */
  readonly hasThoughtField: boolean
  /** The markers of a thought in the text. */
  readonly markers: ReasoningMarkers
  /** All text so far is read as a thought, because the prompt begins one. */
  readonly isInAssumedThought: boolean
  readThought(reasoning: string): Iterable<Part>
  readText(text: string): Iterable<Part>
  /** Gives what was held back; `isCut` where the reply ended early. */
  end(isCut: boolean): Iterable<Part>
}

export function contentReader({
  format,
  conversation,
  opensThought,
  sendsThoughtsApart,
}: ContentReaderOptions): ContentReader {
  const isInThought = continuesThought(conversation)
  /** Set with the first text. */
  let splitter: ReasoningSplitter | undefined
  let markers: ReasoningMarkers = format?.reasoning ?? commonMarkers
  /** The text is read as a thought because the prompt begins one. */
  let assumesThought = false
  let hasThoughtField = false
  /** White space at the end of the thought so far; part of it only if more of it follows. */
  let pendingSpace = ''

  /** Without a thought in a field of its own, the text may go on with what the prompt began. */
  function openSplitter(firstText: string): ReasoningSplitter {
    const mayBeginInside = !hasThoughtField && !sendsThoughtsApart
    const startsInside = startsInThought(conversation, format, opensThought)
    assumesThought = mayBeginInside && startsInside && !isInThought
    return textSplitter(format, conversation, {
      startsOpen: mayBeginInside && (isInThought ? 'begun' : startsInside),
      hasControlTokens: /^\s*<\|/.test(firstText),
      onMarkers: (foundMarkers) => void (markers = foundMarkers),
    })
  }

  return {
    get hasThoughtField() {
      return hasThoughtField
    },
    get markers() {
      return markers
    },
    get isInAssumedThought() {
      return assumesThought && splitter?.thinking === true
    },
    readThought(reasoning) {
      const beginsThought = !hasThoughtField && !isInThought
      const thought = beginsThought ? reasoning.trimStart() : pendingSpace + reasoning
      const text = thought.trimEnd()
      pendingSpace = thought.slice(text.length)
      hasThoughtField ||= text !== ''
      return text === '' ? [] : [{ type: 'reasoning', text }]
    },
    readText(text) {
      if (splitter) return splitter.push(text)
      // White space between thought and answer belongs to neither.
      const firstText = hasThoughtField ? text.trimStart() : text
      if (firstText === '') return []
      splitter = openSplitter(firstText)
      return splitter.push(firstText)
    },
    end: (isCut) => splitter?.end(isCut) ?? [],
  }
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
