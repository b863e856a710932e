import { heldBack, type Part, type ReasoningMarkers } from '@nano/core'
import type { ToolCallOptions, ToolCallParser } from '../format.ts'

/** A call without its id. */
export interface ParsedCall {
  readonly name: string
  readonly input: object
}

/** How one call is written. */
export interface CallSyntax {
  readonly begins: string
  /** Where the call that `text` begins with ends; nothing while it is open. */
  end(text: string): number | undefined
  parse(text: string): ParsedCall | undefined
  /** A call that a block ended without ending it, as it was meant, if that can be told. */
  mend(text: string): string | undefined
  /** Whether `text` ends where a closing tag would be a part of the call. */
  inside(text: string): boolean
}

interface TagOptions extends ToolCallOptions {
  /** The tags of the family, the usual ones first; a block may open and close with different ones. */
  readonly tags: readonly ReasoningMarkers[]
  readonly syntax: CallSyntax
}

/**
 * Turns calls between two tags, one or a list of them, into parts, each as soon as it is whole; the rest passes as text, but for
 * white space between two blocks and after the last. Forgiven at the end of a block: what the syntax can mend, and a missing
 * closing tag. What cannot be parsed stays text, tags included, so that nothing is lost.
 */
export function taggedToolCalls({ tags, syntax, taken }: TagOptions): ToolCallParser {
  const openers = tags.map(({ open }) => open)
  const closers = tags.map(({ close }) => close)
  /** `after`: behind a block, where white space is not yet text. */
  let phase: 'text' | 'block' | 'after' = 'text'
  let held = ''
  /** What was read of this block and is in no call: text, if the block turns out to be none. */
  let read = ''
  let count = 0

  function nextId(): string {
    const id = `call_${++count}`
    return taken.includes(id) ? nextId() : id
  }

  function* give(text: string): Iterable<Part> {
    if (text) yield { type: 'text', text }
  }

  function* call(written: string | undefined): Generator<Part, boolean> {
    const parsed = written === undefined ? undefined : syntax.parse(written)
    if (parsed) yield { type: 'tool-call', id: nextId(), ...parsed }
    return parsed !== undefined
  }

  /** Leaves a block that is none; what is held of it is read again, as text. */
  function* giveUp(): Iterable<Part> {
    phase = 'text'
    yield* give(read)
  }

  /** Between a call and whatever follows; nothing is emitted here. */
  function after(): boolean {
    const trimmed = held.trimStart()
    if (openers.some((open) => open.startsWith(trimmed) && open !== trimmed)) return false
    if (openers.some((open) => trimmed.startsWith(open))) held = trimmed
    phase = 'text'
    return true
  }

  /** Each returns whether there is more to do with what is held. */
  const steps = {
    *text(): Generator<Part, boolean> {
      const { at, marker } = firstOf(held, openers)
      if (marker === undefined) {
        const keep = Math.max(...openers.map((open) => heldBack(held, open)))
        yield* give(held.slice(0, held.length - keep))
        held = held.slice(held.length - keep)
        return false
      }
      yield* give(held.slice(0, at))
      held = held.slice(at + marker.length)
      read = marker
      phase = 'block'
      return true
    },

    *block(): Generator<Part, boolean> {
      const lead = /^[\s,[\]]*/.exec(held)?.[0] ?? ''
      const rest = held.slice(lead.length)
      const closer = closers.find((close) => rest.startsWith(close))
      if (closer) {
        held = rest.slice(closer.length)
        phase = read ? 'text' : 'after'
        yield* give(read && read + lead + closer)
        return true
      }
      if (closers.some((close) => close.startsWith(rest))) return false
      if (!rest.startsWith(syntax.begins)) {
        if (syntax.begins.startsWith(rest)) return false
        if (!read) held = held.replace(/^\s*\]/, '')
        yield* giveUp()
        return true
      }
      const end = syntax.end(rest)
      if (end === undefined) return yield* broken(lead, rest)
      if (!(yield* call(rest.slice(0, end)))) {
        read += held.slice(0, lead.length + end)
        held = rest.slice(end)
        yield* giveUp()
        return true
      }
      read = ''
      held = rest.slice(end)
      return true
    },
  }

  /** A call that is open yet, or will never be whole: the closing tag tells. */
  function* broken(lead: string, rest: string): Generator<Part, boolean> {
    const { at, marker } = firstOf(rest, closers, (at) => !syntax.inside(rest.slice(0, at)))
    if (marker === undefined) return false
    const whole = yield* call(syntax.mend(rest.slice(0, at)))
    if (!whole) yield* give(read + lead + rest.slice(0, at) + marker)
    held = rest.slice(at + marker.length)
    read = ''
    phase = whole ? 'after' : 'text'
    return true
  }

  return {
    *push(text) {
      held += text
      while (held && (phase === 'after' ? after() : yield* steps[phase]()));
    },
    *end(cut = false) {
      const rest = held
      held = ''
      if (phase === 'text') return yield* give(rest)
      if (phase === 'after') return yield* give(rest.trim() && rest)
      const [lead = ''] = /^[\s,[\]]*/.exec(rest) ?? []
      const whole = !cut && (yield* call(syntax.mend(rest.slice(lead.length))))
      // Half a closing tag after a call is half a closing tag.
      const nothing = read === '' && closers.some((close) => close.startsWith(rest.slice(lead.length)))
      if (!whole && !nothing) yield* give(read + rest)
    },
  }
}

function firstOf(text: string, markers: readonly string[], counts = (_at: number) => true): { readonly at: number; readonly marker?: string } {
  let first: { at: number; marker?: string } = { at: Infinity }
  for (const marker of markers) {
    let at = text.indexOf(marker)
    while (at >= 0 && !counts(at)) at = text.indexOf(marker, at + 1)
    if (at >= 0 && at < first.at) first = { at, marker }
  }
  return first
}
