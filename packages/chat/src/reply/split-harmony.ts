import type { Part, Tool } from '@nano/core'
import { heldBack, type ReasoningSplitter } from '@nano/core/driver'
import { callChecker } from '../tool-calls/call-checker.ts'
import { callIdGenerator } from '../tool-calls/call-ids.ts'
import { parseInput } from '../tool-calls/read-value.ts'

interface HarmonyOptions {
  /** The type of the message that the reply continues; absent where it starts a message. */
  readonly continuedType?: 'reasoning' | 'text' | undefined
  /** The ids of earlier calls. Absent where no tools are offered, and calls are text. */
  readonly earlierCallIds?: readonly string[] | undefined
  /** The tools on offer, to whose schemas calls hold. */
  readonly tools?: readonly Tool[]
  /** One of them has to be called. */
  readonly demandsCall?: boolean | undefined
}

/** Ends the header of a message. */
const headerEnd = '<|message|>'
/** What can end a message; `<|start|>` is also the start of the next header. */
const messageEnds = ['<|end|>', '<|call|>', '<|start|>']

/**
 * Splits the messages of the Harmony format by their headers. The channel `analysis` is reasoning,
 * a message to a tool is a call where tools are offered, and any other message is text. A call
 * whose content is no JSON object, or does not hold to its tool's schema, stays text; one without
 * content has no arguments. Headers are dropped, and messages are joined by a blank line.
 * @see https://cookbook.openai.com/articles/openai-harmony
 */
export function splitHarmony({
  continuedType,
  earlierCallIds,
  tools = [],
  demandsCall,
}: HarmonyOptions): ReasoningSplitter {
  const nextId = callIdGenerator(earlierCallIds ?? [])
  const checkCall = callChecker(tools, { demandsCall })
  let phase: 'header' | 'reasoning' | 'text' | 'call' = continuedType ?? 'header'
  let pending = ''
  /** Whether this message has emitted nothing yet. */
  let isMessageStart = continuedType === undefined
  /** The types of all parts so far. */
  const emittedTypes = new Set<Part['type']>(continuedType && [continuedType])
  let toolName = ''
  /** The content so far of a message to a tool. */
  let callContent = ''

  function* addContent(text: string): Iterable<Part> {
    if (phase === 'call') callContent += text
    else yield* emit(phase === 'reasoning' ? 'reasoning' : 'text', text)
  }

  function* emit(type: 'reasoning' | 'text', text: string): Iterable<Part> {
    if (!text) return
    if (isMessageStart && emittedTypes.has(type)) yield { type, text: '\n\n' }
    isMessageStart = false
    emittedTypes.add(type)
    yield { type, text }
  }

  /** Ends a call. `isCut`: the reply was cut off inside it, so it stays text. */
  function* endCall(isCut: boolean): Iterable<Part> {
    const input = isCut ? undefined : parseInput(callContent)
    const call = input && checkCall({ name: toolName, input })
    if (call) yield { type: 'tool-call', id: nextId(), name: call.name, input: call.input }
    else yield* emit('text', callContent)
    callContent = ''
  }

  /** Returns whether there is more to read in `pending`. A header emits nothing. */
  function readHeader(): boolean {
    // Checked first, so that text which is no header stays text, whatever follows in this push.
    const at = canBeHeader(pending) ? pending.indexOf(headerEnd) : 0
    if (at < 0) return false
    const header = pending.slice(0, at)
    pending = pending.slice(at > 0 || pending.startsWith(headerEnd) ? at + headerEnd.length : 0)
    isMessageStart = true
    toolName = /\bto=(?:functions\.)?([^\s<]+)/.exec(header)?.[1] ?? ''
    const contentType = header.includes('<|channel|>analysis') ? 'reasoning' : 'text'
    phase = toolName && earlierCallIds ? 'call' : contentType
    return true
  }

  /** Returns whether there is more to read in `pending`. */
  function* readContent(): Generator<Part, boolean> {
    const [end] = messageEnds
      .map((marker) => ({ marker, at: pending.indexOf(marker) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)
    const contentLength = end?.at ?? pending.length - markerStartLength(pending)
    yield* addContent(pending.slice(0, contentLength))
    pending = pending.slice(contentLength)
    if (!end) return false
    if (phase === 'call') yield* endCall(false)
    pending = end.marker === '<|start|>' ? pending : pending.slice(end.marker.length)
    phase = 'header'
    return true
  }

  return {
    get thinking() {
      return phase === 'reasoning'
    },
    get pending() {
      return pending
    },
    *push(text) {
      pending += text
      while (pending && (phase === 'header' ? readHeader() : yield* readContent()));
    },
    *end(isCut = false) {
      const pendingText = pending
      pending = ''
      if (phase !== 'header') {
        const droppedLength = isCut && phase === 'reasoning' ? markerStartLength(pendingText) : 0
        yield* addContent(pendingText.slice(0, pendingText.length - droppedLength))
      } else if (!isCut) {
        phase = 'text'
        yield* addContent(pendingText)
      }
      // The token that ends a call also ends the reply, and is not in the text.
      if (phase === 'call') yield* endCall(isCut)
    },
  }
}

/** Length of the end of `text` that may be the start of a marker. */
function markerStartLength(text: string): number {
  return Math.max(...messageEnds.map((marker) => heldBack(text, marker)))
}

/** Whether the text so far can start a header. A model may leave the header out. */
function canBeHeader(text: string): boolean {
  const trimmedText = text.trimStart()
  return ['<|start|>', '<|channel|>', 'to=', headerEnd].some(
    (start) => trimmedText.startsWith(start) || start.startsWith(trimmedText),
  )
}
