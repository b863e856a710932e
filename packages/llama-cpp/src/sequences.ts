import { type Slots, slots } from '@nano/core/driver'
import type { LlamaContext, LlamaSequence, Token } from './runtime.ts'

/** A sequence of a context, and what it was last used for. */
export interface Slot {
  readonly sequence: LlamaSequence
  /** Its place among the context's sequences. */
  readonly index: number
  /** The last prompt read into it. */
  prompt: readonly Token[]
  /** When it was last taken: a count, 0 for never. */
  taken: number
}

/**
 * The sequences of one context: what its requests share, one each at a time, all decoded in one
 * batch.
 */
export function sequencesOf(context: LlamaContext, parallel: number): Slots<Slot> {
  return slots(
    Array.from({ length: parallel }, (_, index): Slot => ({
      index,
      sequence: context.getSequence(),
      prompt: [],
      taken: 0,
    })),
  )
}

/**
 * Of several free sequences, the one whose last prompt this one goes on from: conversations so find
 * their own. A new conversation takes the one left alone for longest, though another may share a
 * system message with it: taking that would push its conversation out.
 */
export function ownOrOldest(prompt: readonly Token[]): (free: readonly Slot[]) => Slot | undefined {
  const goesOn = (slot: Slot) =>
    commonPrefix(slot.prompt, prompt) === slot.prompt.length ? slot.prompt.length : 0
  return (free) => free.toSorted((a, b) => goesOn(b) - goesOn(a) || a.taken - b.taken)[0]
}

/**
 * Drops what the sequence holds beyond the common beginning, but for `least` tokens of the prompt.
 * Returns how many are kept.
 */
export async function reuse(
  sequence: LlamaSequence,
  prompt: readonly Token[],
  least = 1,
): Promise<number> {
  await sequence.adaptStateToTokens([...prompt], false)
  const last = prompt.length - least
  // Logits are not kept: the last token has to be read again to sample after it.
  if (sequence.nextTokenIndex > last)
    await sequence.eraseContextTokenRanges([{ start: last, end: sequence.nextTokenIndex }])
  return sequence.nextTokenIndex
}

function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return index
  return length
}
