import type { Part } from '@nano/core'
import { codeSpans, heldBack, type ReasoningSplitter } from '@nano/core/driver'
import { passThroughSplitter } from '../reply/pass-through-splitter.ts'
import { callChecker } from './call-checker.ts'
import { callIdGenerator } from './call-ids.ts'
import { findFirstMark } from './call-marks.ts'
import { canBeFence, findSeparator } from './call-separator.ts'
import type {
  CallReader,
  CallSyntax,
  CallTags,
  ParsedCall,
  ToolCallOptions,
} from './call-syntax.ts'
import { type HeldCalls, heldCalls } from './held-calls.ts'
import { textPlace } from './text-place.ts'

interface TaggedCallOptions extends ToolCallOptions {
  /** The tags of the family. A block may start with one pair and end with another. */
  readonly tags: readonly CallTags[]
  readonly syntax: CallSyntax
}

/**
 * Turns the calls in a block between two tags into parts, each as soon as it is complete.
 * `splitter` gets the rest, except white space between two blocks and after the last. It never sees
 * the inside of a block, so that a marker in an argument stays there. Tags in Markdown code are
 * text, but for the fence of a call that begins the reply. In a thought, and behind text on a line,
 * so are those with anything but calls behind them. At the end of a block the syntax may complete a
 * call, and the closing tag may be missing. What is no call that a tool on offer takes stays text.
 */
export function splitTaggedCalls(
  splitter: ReasoningSplitter,
  options: TaggedCallOptions,
): ReasoningSplitter {
  const { tags, syntax, earlierIds, tools, demandsCall, earlierText = '' } = options
  const starts = [...tags.map(({ open }) => open), ...(syntax.canLackTag ? [syntax.start] : [])]
  /** Marks that are text anywhere but at the start of the reply. */
  const initialMarks = [...tags, { ...syntax, open: syntax.start }]
    .filter(({ needsReplyStart }) => needsReplyStart)
    .map(({ open }) => open)
  const closingTags = tags.flatMap(({ close }) => close ?? [])
  const nextId = callIdGenerator(earlierIds)
  const checkCall = callChecker(tools, { demandsCall })
  /** Tracks the text outside of blocks, as the splitter emits it. */
  const code = codeSpans()
  /** `after`: behind a block, where white space may still be dropped. */
  let phase: 'text' | 'block' | 'after' = 'text'
  const place = textPlace(earlierText)
  /** What ends the block besides a closing tag, and is dropped behind a call. */
  let blockEnd = /^\s*\]/
  let pending = ''
  /** What the block has besides calls: it becomes text if the block has no call. */
  let blockText = ''
  let lacksTag = false
  let reader: CallReader | undefined
  /** What stands before the current call. */
  let separator = ''
  /** What was read from a tag on that may be a part of a thought or text, until it shows. */
  let waitingCalls: HeldCalls | undefined

  function* toParts(text: string): Iterable<Part> {
    place.read(text)
    if (text) yield { type: 'text', text }
  }

  function toCallPart({ id, ...call }: Omit<ParsedCall, 'input'> & { input: unknown }): Part {
    place.startLine()
    return { type: 'tool-call', id: nextId(id), ...call }
  }

  function* pushOutside(text: string): Iterable<Part> {
    for (const part of splitter.push(text)) {
      if (part.type === 'text') {
        code.read(part.text)
        place.read(part.text)
      } else place.startLine()
      yield part
    }
  }

  /** What the splitter holds back before a tag: pushing the tag releases it. */
  function* releaseBefore(tag: string): Iterable<Part> {
    const parts = [...pushOutside(tag)]
    const last = parts.pop()
    yield* parts
    if (last?.type === 'text') yield* toParts(last.text.slice(0, -tag.length))
  }

  /** Returns whether there is more to read in `pending`, as the steps below do. Emits nothing. */
  function readAfter(): boolean {
    const trimmed = pending.trimStart()
    if (starts.some((start) => start.startsWith(trimmed) && start !== trimmed)) return false
    if (starts.some((start) => trimmed.startsWith(start))) pending = trimmed
    phase = 'text'
    return true
  }

  const steps = {
    *text(): Generator<Part, boolean> {
      const { at, marker } = findFirstMark(pending, starts)
      const heldLength = Math.max(...starts.map((start) => heldBack(pending, start)))
      const textLength = marker === undefined ? pending.length - heldLength : at
      const textBefore = pending.slice(0, textLength)
      pending = pending.slice(textLength)
      yield* pushOutside(textBefore)
      if (marker === undefined) return false

      const isReplyStart = place.isReplyStart && !splitter.thinking
      if (code.inside || (initialMarks.includes(marker) && !isReplyStart)) {
        pending = pending.slice(marker.length)
        yield* pushOutside(marker)
        return true
      }
      if (splitter.thinking || !place.isLineStart || splitter.pending.trim() !== '') {
        waitingCalls = heldCalls(marker, splitTaggedCalls(passThroughSplitter, options))
        return true
      }
      yield* releaseBefore(marker)
      lacksTag = marker === syntax.start
      blockText = lacksTag ? '' : marker
      blockEnd = marker.startsWith('```') ? /^\s*```[^\S\n]*/ : /^\s*\]/
      pending = pending.slice(blockText.length)
      phase = 'block'
      return true
    },

    *block(): Generator<Part, boolean> {
      if (reader) return yield* readCall(reader)
      if (canBeFence(pending)) return false
      separator = findSeparator(pending)
      const tail = pending.slice(separator.length)
      const closingTag = closingTags.find((closing) => tail.startsWith(closing))
      if (closingTag) {
        pending = tail.slice(closingTag.length)
        phase = blockText ? 'text' : 'after'
        yield* toParts(blockText && blockText + separator + closingTag)
        return true
      }
      if (tail === '' || closingTags.some((closing) => closing.startsWith(tail))) return false
      const isNext = blockText !== '' || (syntax.separator && separator.includes(syntax.separator))
      if (syntax.start ? tail.startsWith(syntax.start) : isNext) {
        pending = tail
        return yield* readCall(syntax.reader({ closingTags, lacksTag }))
      }
      if (syntax.start && syntax.start.startsWith(tail)) return false
      if (!blockText) pending = pending.replace(blockEnd, '')
      phase = blockText ? 'text' : 'after'
      yield* toParts(blockText)
      return true
    },
  }

  /** Reads a call up to its end, or to where what follows shows that it has none. */
  function* readCall(callReader: CallReader): Generator<Part, boolean> {
    reader = callReader
    const end = callReader.read(pending)
    pending = ''
    if (!end) return false

    const { length, closingTag = '' } = end
    const call = end.call && checkCall(end.call)
    const { source } = callReader
    const text = call ? '' : blockText + separator + source.slice(0, length) + closingTag
    pending = source.slice(length + closingTag.length)
    reader = undefined
    blockText = ''
    lacksTag = false
    const phaseAfterCall = closingTag ? 'after' : 'block'
    phase = call ? phaseAfterCall : 'text'
    if (call) {
      // The fence of a call ends with it.
      if (code.inside) code.read('\n```\n')
      yield toCallPart(call)
      splitter.expectThought?.()
    }
    yield* toParts(text)
    return true
  }

  /**
   * Reads on behind a tag in a thought or a line. Text that follows a call shows that all of it
   * belongs there: the tag is passed on, and what follows it is read again.
   */
  function* readWaiting(calls: HeldCalls): Iterable<Part> {
    const mayBeCalls = calls.push(pending)
    pending = ''
    if (!mayBeCalls) yield* passOn(calls)
  }

  function* passOn({ marker, source }: HeldCalls): Iterable<Part> {
    waitingCalls = undefined
    pending = source.slice(marker.length)
    yield* pushOutside(marker)
  }

  /** Emits the calls with which a thought or a line ends, or passes them on as a part of it. */
  function* endWaiting(waiting: HeldCalls, isCut: boolean): Iterable<Part> {
    const calls = waiting.end(isCut)
    if (!calls || (isCut && splitter.thinking)) {
      yield* passOn(waiting)
      return yield* readPending()
    }
    waitingCalls = undefined
    if (!splitter.thinking) yield* releaseBefore(waiting.marker)
    for (const call of calls) yield { ...call, id: nextId(call.id) }
  }

  function* readPending(): Iterable<Part> {
    for (let hasMore = true; pending && hasMore;)
      if (waitingCalls) yield* readWaiting(waitingCalls)
      else hasMore = phase === 'after' ? readAfter() : yield* steps[phase]()
  }

  /** Releases a block that the reply left open. */
  function* endBlock(isCut: boolean): Iterable<Part> {
    const completed = isCut ? undefined : reader?.complete()
    const call = completed && checkCall(completed)
    if (call) return yield toCallPart(call)
    if (reader) return yield* toParts(blockText + separator + reader.source)
    // After a call, the start of a closing tag is dropped.
    const tail = pending.slice(findSeparator(pending).length)
    const isTagStart =
      blockText === '' && (!tail || closingTags.some((closing) => closing.startsWith(tail)))
    yield* toParts(isTagStart ? '' : blockText + pending)
  }

  return {
    get thinking() {
      return splitter.thinking
    },
    get pending() {
      return splitter.pending + (phase === 'text' ? pending : '')
    },
    *push(text) {
      pending += text
      yield* readPending()
    },
    *end(isCut = false) {
      while (waitingCalls) yield* endWaiting(waitingCalls, isCut)
      if (phase === 'text') yield* pushOutside(pending)
      if (phase === 'after') yield* toParts(pending.trim() && pending)
      if (phase === 'block') yield* endBlock(isCut)
      pending = ''
      reader = undefined
      phase = 'text'
      yield* splitter.end(isCut)
    },
  }
}
