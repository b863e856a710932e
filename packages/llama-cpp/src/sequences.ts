import { type Slots, slots } from '@nano/core'
import type { LlamaContext, LlamaSequence, Token } from './runtime.ts'

/** The sequences of one context: what its requests share, one each at a time, all decoded in one batch. */
export function sequencesOf(context: LlamaContext, parallel: number): Slots<LlamaSequence> {
  return slots(Array.from({ length: parallel }, () => context.getSequence()))
}

/** Of several free sequences, the one that remembers most of the prompt's beginning; conversations so find their own. */
export function remembering(prompt: readonly Token[]): (free: readonly LlamaSequence[]) => LlamaSequence | undefined {
  const remembered = (sequence: LlamaSequence) => commonPrefix(sequence.contextTokens, prompt)
  // Among equals the emptiest, so that a new conversation does not push out an old one.
  return (free) => free.toSorted((a, b) => remembered(b) - remembered(a) || a.nextTokenIndex - b.nextTokenIndex)[0]
}

/** Drops what the sequence holds beyond the common beginning. Returns what is kept, at least one token less than the prompt. */
export async function reuse(sequence: LlamaSequence, prompt: readonly Token[]): Promise<number> {
  await sequence.adaptStateToTokens([...prompt], false)
  const last = prompt.length - 1
  // Logits are not kept: the last token has to be read again to sample after it.
  if (sequence.nextTokenIndex > last) await sequence.eraseContextTokenRanges([{ start: last, end: sequence.nextTokenIndex }])
  return sequence.nextTokenIndex
}

function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return index
  return length
}
