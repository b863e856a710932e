/** How often each token followed. */
export type Counts = ReadonlyMap<number, number>

/** The runtime: it knows which tokens followed which in the text. */
export interface Chain {
  /** Counts what followed the longest known end of `tokens`; never empty. */
  next(tokens: readonly number[]): Counts
}

/** Smaller ids are characters, by code point; control tokens have this id and those after it. */
export const firstControl = 0x11_0000
/** Every control token that the format writes. */
export const controls = ['<|im_start|>', '<|im_end|>']
export const endOfTurn = firstControl + controls.indexOf('<|im_end|>')

export function toCodePoints(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0)
}

/** Learns each line as a reply: the header of a turn precedes it, and the end of turn follows. */
export function learnChain(lines: readonly string[], order: number): Chain {
  const countsByContext = new Map<string, Map<number, number>>()
  for (const line of lines) {
    const tokens = [...toCodePoints(`assistant\n${line}`), endOfTurn]
    for (const [index, token] of tokens.entries()) {
      for (let length = 0; length <= Math.min(order, index); length++) {
        const context = tokens.slice(index - length, index).join()
        const counts = countsByContext.get(context) ?? new Map<number, number>()
        countsByContext.set(context, counts.set(token, (counts.get(token) ?? 0) + 1))
      }
    }
  }

  return {
    next(tokens) {
      for (let length = Math.min(order, tokens.length); length > 0; length--) {
        const counts = countsByContext.get(tokens.slice(-length).join())
        if (counts) return counts
      }
      return countsByContext.get('') ?? new Map([[endOfTurn, 1]])
    },
  }
}
