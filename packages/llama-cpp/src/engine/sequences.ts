import type { LlamaSequence, Token } from '../runtime.ts'

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
