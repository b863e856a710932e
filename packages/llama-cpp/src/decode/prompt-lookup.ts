import type { Token } from '../runtime.ts'

/** Guesses how a text continues from the place where its last tokens stood before. */
export interface PromptLookup {
  /** At most `limit` tokens that followed the last time; none where the tokens never stood. */
  guess(text: readonly Token[], limit: number): readonly Token[]
  /** Makes the next guess longer where all tokens were right, else shorter. */
  learn(guessed: number, right: number): void
}

/** As many tokens have to be the same; two are in every text by chance. */
const patternLength = 3
/** The CPU takes five times as long for a batch of 16 as for one token of a 4 B model. */
const maxGuessLength = 15

/**
 * Prompt look-up: reading costs far less per token than writing, so guesses are read and checked
 * together.
 * @see https://github.com/apoorvumang/prompt-lookup-decoding
 */
export function promptLookup(): PromptLookup {
  /** Where each pattern ended last, by a hash of it; a hit is compared token by token. */
  const lastEnds = new Map<number, number>()
  let indexedCount = 0
  let guessLength = 4

  return {
    guess(text, limit) {
      const last = text.length - 1
      // Nothing follows the last pattern yet.
      for (; indexedCount < last; indexedCount++)
        if (indexedCount >= patternLength - 1)
          lastEnds.set(hashPattern(text, indexedCount), indexedCount)
      const end = last < patternLength ? undefined : lastEnds.get(hashPattern(text, last))
      if (end === undefined || !isSamePattern(text, end, last)) return []
      return text.slice(end + 1, end + 1 + Math.min(guessLength, limit))
    },
    learn(guessed, right) {
      if (guessed === 0) return
      guessLength =
        right === guessed
          ? Math.min(maxGuessLength, guessLength * 2)
          : Math.max(1, Math.min(guessLength, right + 1))
    },
  }
}

function hashPattern(tokens: readonly Token[], end: number): number {
  let hash = 0
  for (let index = end - patternLength + 1; index <= end; index++)
    hash = Math.imul(hash, 0x01000193) ^ (tokens[index] ?? 0)
  return hash
}

function isSamePattern(tokens: readonly Token[], endA: number, endB: number): boolean {
  for (let back = 0; back < patternLength; back++)
    if (tokens[endA - back] !== tokens[endB - back]) return false
  return true
}
