import type { Part } from '@nano/core'
import { heldBack, type ReasoningMarkers, type ReasoningSplitter } from '@nano/core/driver'

interface AnswerTags extends ReasoningMarkers {
  /** The prompt has already written `open`. */
  readonly startsOpen: boolean
}

/**
 * Drops the tags that a family writes around its answer, and the white space inside them: `open`
 * where the answer starts with it, and `close` where the answer then ends with it, as it does
 * before a tool call. Anywhere else they are text.
 */
export function unwrapAnswer(
  splitter: ReasoningSplitter,
  { open, close, startsOpen }: AnswerTags,
): ReasoningSplitter {
  let phase: 'start' | 'inside' | 'untagged' = startsOpen ? 'inside' : 'start'
  let pending = ''
  /** Whether white space stands between `open` and the answer, and is dropped. */
  let isAfterOpen = false

  function* unwrapParts(parts: Iterable<Part>): Iterable<Part> {
    for (const part of parts) {
      if (part.type === 'text') yield* unwrapText(part.text)
      else {
        yield* endText()
        if (part.type === 'tool-call') phase = 'start'
        yield part
      }
    }
  }

  function* unwrapText(text: string): Iterable<Part> {
    pending += text
    if (phase === 'start') {
      const trimmedText = pending.trimStart()
      if (trimmedText.startsWith(open)) {
        pending = trimmedText.slice(open.length)
        phase = 'inside'
        isAfterOpen = true
      } else if (open.startsWith(trimmedText)) return
      else phase = 'untagged'
    }
    if (isAfterOpen) pending = pending.trimStart()
    const endLength = phase === 'inside' ? possibleEndLength(pending, close) : 0
    if (pending.length > endLength) isAfterOpen = false
    yield* toParts(pending.slice(0, pending.length - endLength))
    pending = pending.slice(pending.length - endLength)
  }

  /** Releases what may have ended the answer, but its tag. */
  function* endText(isCut = false): Iterable<Part> {
    const pendingText = pending
    pending = ''
    if (phase === 'start') return yield* toParts(isCut ? '' : pendingText)
    const trimmedText = pendingText.trim()
    const isClose =
      trimmedText === close || (isCut && trimmedText !== '' && close.startsWith(trimmedText))
    yield* toParts(isClose ? '' : pendingText)
  }

  return {
    get thinking() {
      return splitter.thinking
    },
    get pending() {
      return pending + splitter.pending
    },
    *push(text) {
      yield* unwrapParts(splitter.push(text))
    },
    *end(isCut = false) {
      yield* unwrapParts(splitter.end(isCut))
      yield* endText(isCut)
    },
  }
}

function* toParts(text: string): Iterable<Part> {
  if (text) yield { type: 'text', text }
}

/**
 * Length of the end of `text` that may end the answer: `close` or a beginning of it, and the white
 * space around that.
 */
function possibleEndLength(text: string, close: string): number {
  const trimmedText = text.trimEnd()
  const startedLength = trimmedText.length === text.length ? heldBack(text, close) : 0
  const closeLength = trimmedText.endsWith(close) ? close.length : startedLength
  const answer = trimmedText.slice(0, trimmedText.length - closeLength).trimEnd()
  return text.length - answer.length
}
