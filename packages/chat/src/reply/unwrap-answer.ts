import type { Part } from '@nano/core'
import { heldBack, type ReasoningMarkers, type ReasoningSplitter } from '@nano/core/driver'

interface Wrapper extends ReasoningMarkers {
  /** The prompt has written `open` already. */
  readonly begun: boolean
}

/**
 * Drops what a family writes around its answer, and white space inside of it: `open` where the
 * answer begins with it, and `close` where the answer then ends with it. Anywhere else they are
 * text.
 */
export function unwrapAnswer(
  splitter: ReasoningSplitter,
  { open, close, begun }: Wrapper,
): ReasoningSplitter {
  let phase: 'start' | 'inside' | 'bare' = begun ? 'inside' : 'start'
  let held = ''
  /** White space is that between `open` and the answer. */
  let fresh = false

  function* take(parts: Iterable<Part>): Iterable<Part> {
    for (const part of parts) {
      if (part.type === 'text') yield* shown(part.text)
      else {
        yield* text(held)
        held = ''
        yield part
      }
    }
  }

  function* shown(more: string): Iterable<Part> {
    held += more
    if (phase === 'start') {
      const trimmed = held.trimStart()
      if (trimmed.startsWith(open)) {
        held = trimmed.slice(open.length)
        phase = 'inside'
        fresh = true
      } else if (open.startsWith(trimmed)) return
      else phase = 'bare'
    }
    if (fresh) held = held.trimStart()
    const keep = phase === 'inside' ? ending(held, close) : 0
    if (held.length > keep) fresh = false
    yield* text(held.slice(0, held.length - keep))
    held = held.slice(held.length - keep)
  }

  return {
    get thinking() {
      return splitter.thinking
    },
    get pending() {
      return held + splitter.pending
    },
    *push(text) {
      yield* take(splitter.push(text))
    },
    *end(cut = false) {
      yield* take(splitter.end(cut))
      const rest = held
      held = ''
      if (phase === 'start') return yield* text(cut ? '' : rest)
      const closed =
        rest.trim() === close || (cut && rest.trim() !== '' && close.startsWith(rest.trim()))
      yield* text(closed ? '' : rest)
    },
  }
}

function* text(text: string): Iterable<Part> {
  if (text) yield { type: 'text', text }
}

/**
 * Length of the end of `text` that is white space, then `close` or a beginning of it, then white
 * space.
 */
function ending(text: string, close: string): number {
  const trimmed = text.trimEnd()
  const begun = trimmed.endsWith(close)
    ? close.length
    : trimmed.length === text.length
      ? heldBack(text, close)
      : 0
  const before = trimmed.slice(0, trimmed.length - begun)
  return text.length - before.trimEnd().length
}
