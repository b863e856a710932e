import type { Part } from '../part.ts'
import type { TextMachine } from './machine.ts'

/** The text a family writes around a thought. */
export interface ReasoningMarkers {
  readonly open: string
  readonly close: string
}

/** The markers, and where the reply begins. */
export interface SplitOptions extends ReasoningMarkers {
  /**
   * The prompt already wrote `open`, so the reply begins inside the thought; `begun`, and some of
   * the thought too, so its white space counts.
   */
  readonly startsOpen?: boolean | 'begun'
}

/** A text machine that knows where it stands. */
export interface ReasoningSplitter extends TextMachine {
  /** Inside a thought, after all that was pushed. */
  readonly thinking: boolean
  /** What is held back because it may be the beginning of a marker, and white space before it. */
  readonly pending: string
  /** Lets the next text start with a thought, as after a tool call. Absent where nothing thinks. */
  expectThought?(): void
  /**
   * Releases what is held back. `isCut`: the reply was cut off there, so half a marker around a
   * thought is a marker, and dropped; without it, half a marker is text like any other.
   */
  end(isCut?: boolean): Iterable<Part>
}

/**
 * Routes text between the markers to `reasoning` and the rest to `text`. A thought stands at the
 * start of a reply, behind another thought, or where `expectThought` was called; markers elsewhere
 * are text that talks about them. Markers of a thought are dropped, and so is the white space
 * around it: inside it at both ends, and between it and the answer. An unclosed thought stays
 * reasoning: that is what a reply cut at `maxTokens` looks like. A second thought is joined to the
 * first by a blank line.
 */
export function splitReasoning({
  open,
  close,
  startsOpen = false,
}: SplitOptions): ReasoningSplitter {
  /** `edge`: at the start of the reply or after a thought, where white space is not yet text. */
  let phase: 'edge' | 'thought' | 'text' = startsOpen ? 'thought' : 'edge'
  let pending = ''
  /** Nothing of this thought has been emitted yet. */
  let isThoughtEmpty = startsOpen !== 'begun'
  /** White space at this edge follows a marker and is dropped. */
  let isAfterMarker = false
  /** Some reasoning has been emitted, in this thought or an earlier one. */
  let hasThought = startsOpen === 'begun'
  /**
   * What the push in hand releases. A list: a generator for each token would cost more than all the
   * rest.
   */
  let ready: Part[] = []

  function emit(type: 'reasoning' | 'text', text: string): void {
    if (!text) return
    if (type === 'reasoning') {
      if (isThoughtEmpty && hasThought) ready.push({ type, text: '\n\n' })
      isThoughtEmpty = false
      hasThought = true
    }
    ready.push({ type, text })
  }

  function takeReady(): readonly Part[] {
    const parts = ready
    ready = []
    return parts
  }

  /**
   * Reads what is pending at an edge, and emits nothing. Like the other readers, it returns whether
   * there is more to do with what is pending.
   */
  function readEdge(): boolean {
    const trimmed = pending.trimStart()
    if (isAfterMarker) pending = trimmed

    if (trimmed.startsWith(open)) {
      pending = trimmed.slice(open.length)
      phase = 'thought'
      isThoughtEmpty = true
      return true
    }
    if (open.startsWith(trimmed)) return false
    phase = 'text'
    return true
  }

  function readThought(): boolean {
    if (isThoughtEmpty) {
      pending = pending.trimStart()
      // The prompt wrote the opener and the model wrote it again.
      if (startsOpen && !hasThought && pending.startsWith(open)) {
        pending = pending.slice(open.length)
        return true
      }
      if (startsOpen && !hasThought && open.startsWith(pending)) return false
    }
    const at = pending.indexOf(close)
    if (at >= 0) {
      emit('reasoning', pending.slice(0, at).trimEnd())
      pending = pending.slice(at + close.length)
      phase = 'edge'
      isAfterMarker = true
      return true
    }
    const certain = pending.slice(0, pending.length - heldBack(pending, close)).trimEnd()
    emit('reasoning', certain)
    pending = pending.slice(certain.length)
    return false
  }

  function readText(): boolean {
    emit('text', pending)
    pending = ''
    return false
  }

  const steps = { edge: readEdge, thought: readThought, text: readText }

  return {
    get thinking() {
      return phase === 'thought'
    },
    get pending() {
      return pending
    },
    push(text) {
      pending += text
      while (steps[phase]());
      return takeReady()
    },
    expectThought() {
      if (phase === 'text') phase = 'edge'
      isAfterMarker = false
    },
    end(isCut = false) {
      const pendingText = pending
      pending = ''
      if (!isCut || phase === 'text') emit(phase === 'thought' ? 'reasoning' : 'text', pendingText)
      // At an edge only half a marker is pending, and white space before it.
      else if (phase === 'thought')
        emit('reasoning', pendingText.slice(0, pendingText.length - heldBack(pendingText, close)))
      return takeReady()
    },
  }
}

/**
 * Length of the longest suffix of `text` that could still grow into `marker`.
 * `heldBack('a <th', '<think>')` is 3. A complete marker counts as 0: search for that first.
 */
export function heldBack(text: string, marker: string): number {
  for (let length = Math.min(text.length, marker.length - 1); length > 0; length--) {
    if (marker.startsWith(text.slice(-length))) return length
  }
  return 0
}
