import type { Part, TokenLogprob } from '../part.ts'

/** Keeps the log-probabilities of tokens whose text is held back, for the part that shows it. */
export interface LogprobCarrier {
  push(logprobs: readonly TokenLogprob[] | undefined): void
  /** The part with everything carried so far, where it is one that shows text. */
  onto(part: Part): Part
  /** The part with as much as its text takes: the rest was cut off with the text behind it. */
  ontoCut(part: Part): Part
}

/**
 * Log-probabilities never run ahead of their text, and lag behind it no further than the next part.
 */
export function logprobCarrier(): LogprobCarrier {
  let carried: TokenLogprob[] = []

  const onto = (part: Part): Part => {
    if (carried.length === 0 || (part.type !== 'text' && part.type !== 'reasoning')) return part
    const logprobs = carried
    carried = []
    return { ...part, logprobs }
  }

  return {
    push(logprobs = []) {
      carried.push(...logprobs)
    },
    onto,
    ontoCut(part) {
      let remainingLength = 'text' in part ? part.text.length : 0
      const needed = carried.findIndex(({ text }) => (remainingLength -= text.length) <= 0)
      carried = carried.slice(0, needed < 0 ? undefined : needed + 1)
      return onto(part)
    },
  }
}
