import type { Part } from '@nano/core'
import {
  codeSpans,
  heldBack,
  type ReasoningMarkers,
  type ReasoningSplitter,
} from '@nano/core/driver'
import type { ToolCallOptions } from '../format/chat-format.ts'
import { callIdGenerator } from './call-ids.ts'
import type { CallReader, CallSyntax, ParsedCall } from './call-syntax.ts'

interface TagOptions extends Pick<ToolCallOptions, 'earlierIds'> {
  /**
   * The tags of the family, the usual ones first; a block may open and close with different ones.
   */
  readonly tags: readonly ReasoningMarkers[]
  readonly syntax: CallSyntax
}

/**
 * Turns calls between two tags, one or a list of them, into parts, each as soon as it is whole;
 * `splitter` gets the rest, but for white space between two blocks and after the last. It never
 * sees inside a block, so a marker in an argument stays there. Tags in a thought or in Markdown
 * code are text. Forgiven at the end of a block: what the syntax can mend, and a missing closing
 * tag. What cannot be parsed stays text, tags included, so that nothing is lost.
 */
export function taggedToolCalls(
  splitter: ReasoningSplitter,
  { tags, syntax, earlierIds: taken }: TagOptions,
): ReasoningSplitter {
  const openers = [...tags.map(({ open }) => open), ...(syntax.bare ? [syntax.begins] : [])]
  const closers = tags.map(({ close }) => close)
  const nextId = callIdGenerator(taken)
  /** Of the text outside of blocks, as the splitter reads it. */
  const code = codeSpans()
  /** `after`: behind a block, where white space is not yet text. */
  let phase: 'text' | 'block' | 'after' = 'text'
  let held = ''
  /** What was read of this block and is in no call: text, if the block turns out to be none. */
  let read = ''
  /** The block has no opening tag. */
  let bare = false
  /** Of the call that is being read; it holds what was read of that. */
  let reader: CallReader | undefined
  /** What stands before that call. */
  let lead = ''

  function* give(text: string): Iterable<Part> {
    if (text) yield { type: 'text', text }
  }

  function called(call: ParsedCall): Part {
    return { type: 'tool-call', id: nextId(), ...call }
  }

  function* outside(text: string): Iterable<Part> {
    for (const part of splitter.push(text)) {
      if (part.type === 'text') code.read(part.text)
      yield part
    }
  }

  /**
   * What the splitter holds back before an opening tag. The tag settles that, for no marker goes on
   * with it.
   */
  function* settled(tag: string): Iterable<Part> {
    const parts = [...outside(tag)]
    const last = parts.pop()
    yield* parts
    if (last?.type === 'text') yield* give(last.text.slice(0, -tag.length))
  }

  /**
   * Each step returns whether there is more to do with what is held. Between a call and whatever
   * follows nothing is emitted.
   */
  function after(): boolean {
    const trimmed = held.trimStart()
    if (openers.some((open) => open.startsWith(trimmed) && open !== trimmed)) return false
    if (openers.some((open) => trimmed.startsWith(open))) held = trimmed
    phase = 'text'
    return true
  }

  const steps = {
    *text(): Generator<Part, boolean> {
      const { at, marker } = firstOf(held, openers)
      const ready =
        marker === undefined
          ? held.length - Math.max(...openers.map((open) => heldBack(held, open)))
          : at
      const before = held.slice(0, ready)
      held = held.slice(ready)
      yield* outside(before)
      if (marker === undefined) return false

      if (splitter.thinking || code.inside) {
        held = held.slice(marker.length)
        yield* outside(marker)
        return true
      }
      yield* settled(marker)
      bare = marker === syntax.begins
      read = bare ? '' : marker
      held = bare ? held : held.slice(marker.length)
      phase = 'block'
      return true
    },

    *block(): Generator<Part, boolean> {
      if (reader) return yield* call(reader)
      lead = leadOf(held)
      const rest = held.slice(lead.length)
      const closer = closers.find((close) => rest.startsWith(close))
      if (closer) {
        held = rest.slice(closer.length)
        phase = read ? 'text' : 'after'
        yield* give(read && read + lead + closer)
        return true
      }
      if (closers.some((close) => close.startsWith(rest))) return false
      if (rest.startsWith(syntax.begins)) {
        held = rest
        return yield* call(syntax.reader({ closers, bare }))
      }
      if (syntax.begins.startsWith(rest)) return false
      if (!read) held = held.replace(/^\s*\]/, '')
      phase = 'text'
      yield* give(read)
      return true
    },
  }

  /**
   * Reads on in a call, which ends where it is whole, or where what follows tells that it will
   * never be.
   */
  function* call(reading: CallReader): Generator<Part, boolean> {
    reader = reading
    const ending = reading.read(held)
    held = ''
    if (!ending) return false

    const { at, call, closer = '' } = ending
    const { written } = reading
    const none = call ? '' : read + lead + written.slice(0, at) + closer
    held = written.slice(at + closer.length)
    reader = undefined
    read = ''
    bare = false
    if (call) phase = closer ? 'after' : 'block'
    else phase = 'text'
    if (call) yield called(call)
    yield* give(none)
    return true
  }

  /** Releases a block that the end of the reply left open. */
  function* broken(cut: boolean): Iterable<Part> {
    const call = cut ? undefined : reader?.mended()
    if (call) return yield called(call)
    if (reader) return yield* give(read + lead + reader.written)
    // Half a closing tag after a call is half a closing tag.
    const nothing =
      read === '' && closers.some((close) => close.startsWith(held.slice(leadOf(held).length)))
    yield* give(nothing ? '' : read + held)
  }

  return {
    get thinking() {
      return splitter.thinking
    },
    get pending() {
      return splitter.pending + (phase === 'text' ? held : '')
    },
    *push(text) {
      held += text
      while (held && (phase === 'after' ? after() : yield* steps[phase]()));
    },
    *end(cut = false) {
      if (phase === 'text') yield* outside(held)
      if (phase === 'after') yield* give(held.trim() && held)
      if (phase === 'block') yield* broken(cut)
      held = ''
      reader = undefined
      phase = 'text'
      yield* splitter.end(cut)
    },
  }
}

/** What may stand before a call of a list. */
function leadOf(text: string): string {
  return /^[\s,[\]]*/.exec(text)?.[0] ?? ''
}

function firstOf(
  text: string,
  markers: readonly string[],
): { readonly at: number; readonly marker?: string } {
  let first: { at: number; marker?: string } = { at: Infinity }
  for (const marker of markers) {
    const at = text.indexOf(marker)
    if (at >= 0 && at < first.at) first = { at, marker }
  }
  return first
}
