import { heldBack } from './split-reasoning.ts'

/** Finds stop strings in text that comes in increments. */
export interface Stopper {
  /** Text safe to show; `stopped` once a stop string was completed, and nothing may follow. */
  push(text: string): { readonly text: string; readonly stopped: boolean }
  /** What was held back in case it became a stop string. */
  end(): string
}

/**
 * Cuts text before the stop string that is completed first, wherever increments happen to fall.
 * Of two completed by the same character the longer one counts.
 */
export function stopStrings(stops: readonly string[]): Stopper {
  let pending = ''

  return {
    push(text) {
      pending += text
      const start = findFirstCompleted(pending, stops)
      if (start !== undefined) return { text: pending.slice(0, start), stopped: true }

      const heldLength = Math.max(0, ...stops.map((stop) => heldBack(pending, stop)))
      const ready = pending.slice(0, pending.length - heldLength)
      pending = pending.slice(pending.length - heldLength)
      return { text: ready, stopped: false }
    },
    end() {
      const pendingText = pending
      pending = ''
      return pendingText
    },
  }
}

/**
 * Where the stop string with the earliest end begins; taking the earliest start would depend on the
 * increments.
 */
function findFirstCompleted(text: string, stops: readonly string[]): number | undefined {
  const matches = stops
    .map((stop) => ({ start: text.indexOf(stop), length: stop.length }))
    .filter(({ start }) => start >= 0)
    .sort((a, b) => a.start + a.length - (b.start + b.length) || a.start - b.start)
  return matches[0]?.start
}
