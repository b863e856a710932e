/** Turns tokens into text that never ends inside a character. */
export interface TokenDecoder {
  /** The text that is now certain: never half a character. */
  push(token: number): string
  /** What is left, broken bytes as U+FFFD. */
  end(): string
}

/** A code point is at most four bytes, so at most four tokens. */
const longest = 4

/**
 * Decodes tokens one by one. A token may hold a part of a character; its text then waits for the
 * rest. `decode` gives the text of tokens together, incomplete bytes as U+FFFD.
 */
export function wholeCodePoints(decode: (tokens: readonly number[]) => string): TokenDecoder {
  /** Tokens since the last boundary between characters that was one between tokens too. */
  let held: number[] = []
  /** Tokens since text was last given out. */
  let silent = 0
  /** Characters of `decode(held)` already given out. */
  let given = 0

  return {
    push(token) {
      held.push(token)
      silent++
      const text = decode(held)
      const certain = text.endsWith('\uFFFD') ? text.replace(/\uFFFD+$/, '') : text
      const whole = certain.length === text.length || silent > longest
      const fresh = (whole ? text : certain).slice(given)
      if (fresh) silent = 0
      given = whole ? 0 : given + fresh.length
      if (whole) held = []
      return fresh
    },
    end() {
      const rest = decode(held).slice(given)
      held = []
      given = 0
      silent = 0
      return rest
    },
  }
}
