/** Some tokens of a vocabulary: a bit per token, 32 in each number. */
export type TokenMask = Int32Array

/** A mask without a token, for a vocabulary of this size. */
export function emptyMask(vocabularySize: number): TokenMask {
  return new Int32Array(Math.ceil(vocabularySize / 32))
}

export function addToken(mask: TokenMask, token: number): void {
  mask[token >> 5] = (mask[token >> 5] ?? 0) | (1 << (token & 31))
}

export function hasToken(mask: TokenMask, token: number): boolean {
  return ((mask[token >> 5] ?? 0) & (1 << (token & 31))) !== 0
}

/** The logits, with -Infinity for tokens that the mask leaves out. */
export function maskLogits(logits: Float32Array, mask: TokenMask): Float32Array {
  // Some models have more logits than tokens.
  const maskedLogits = logits.slice().fill(-Infinity, 32 * mask.length)
  for (const [index, bits] of mask.entries()) {
    const first = 32 * index
    // Most numbers allow all of their tokens or none.
    if (bits === 0) maskedLogits.fill(-Infinity, first, first + 32)
    else if (bits !== -1)
      for (let token = first; token < first + 32; token++)
        if (!hasToken(mask, token)) maskedLogits[token] = -Infinity
  }
  return maskedLogits
}
