/** Turns tokens into text that never ends inside a character. */
export interface TokenDecoder {
  /** The text that is now certain: never half a character. */
  push(token: number): string
  /** The text that is left, with broken bytes as U+FFFD. */
  end(): string
}

/** A code point has at most four bytes, so at most four tokens. */
const maxTokensOfCharacter = 4

/**
 * Decodes tokens one by one. A token may hold a part of a character; its text then waits for the
 * rest. `decode` gives the text of several tokens, with incomplete bytes as U+FFFD.
 */
export function wholeCodePoints(decode: (tokens: readonly number[]) => string): TokenDecoder {
  /** Tokens since the last boundary between tokens that is one between characters too. */
  let pending: number[] = []
  /** Tokens since the last text that was returned. */
  let silentTokens = 0
  /** Characters of `decode(pending)` that were already returned. */
  let returnedLength = 0

  return {
    push(token) {
      pending.push(token)
      silentTokens++
      const text = decode(pending)
      const certain = text.endsWith('\uFFFD') ? text.replace(/\uFFFD+$/, '') : text
      const isBoundary = certain.length === text.length || silentTokens > maxTokensOfCharacter
      const newText = (isBoundary ? text : certain).slice(returnedLength)
      if (newText) silentTokens = 0
      returnedLength = isBoundary ? 0 : returnedLength + newText.length
      if (isBoundary) pending = []
      return newText
    },
    end() {
      const lastText = decode(pending).slice(returnedLength)
      pending = []
      returnedLength = 0
      silentTokens = 0
      return lastText
    },
  }
}
