import { type Slots, slots } from '@nano/core/driver'

/** A sequence of the session, and what it was last used for. */
export interface Slot {
  readonly sequence: number
  /** The last prompt read into it. */
  prompt: readonly number[]
  /** When it was last taken: a count, 0 for never. */
  taken: number
}

/** What requests share, one each at a time. */
export function sequences(parallel: number): Slots<Slot> {
  return slots(
    Array.from({ length: parallel }, (_, sequence): Slot => ({ sequence, prompt: [], taken: 0 })),
  )
}

/**
 * Of several free sequences, the one whose last prompt this one goes on from: conversations so find
 * their own. A new conversation takes the one left alone for longest, though another may share a
 * system message with it: taking that would push its conversation out.
 */
export function ownOrOldest(
  prompt: readonly number[],
): (free: readonly Slot[]) => Slot | undefined {
  const goesOn = (slot: Slot) =>
    slot.prompt.every((token, index) => token === prompt[index]) ? slot.prompt.length : 0
  return (free) => free.toSorted((a, b) => goesOn(b) - goesOn(a) || a.taken - b.taken)[0]
}
