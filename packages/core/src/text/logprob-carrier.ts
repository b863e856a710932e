import type { Part, TokenLogprob } from '../part.ts'

/** Keeps the log-probabilities of tokens whose text is held back, for the part that shows it. */
export interface LogprobCarrier {
  push(logprobs: readonly TokenLogprob[] | undefined): void
  /** The part with everything carried so far, where it is one that shows text. */
  attachTo(part: Part): Part
  /** The part with as much as its text takes: the rest was cut off with the text behind it. */
  attachToCut(part: Part): Part
}

/**
 * Log-probabilities never run ahead of their text, and lag behind it no further than the next part.
 */
export function logprobCarrier(): LogprobCarrier {
  let pendingLogprobs: TokenLogprob[] = []

  const attachTo = (part: Part): Part => {
    if (pendingLogprobs.length === 0 || (part.type !== 'text' && part.type !== 'reasoning'))
      return part
    const logprobs = pendingLogprobs
    pendingLogprobs = []
    return { ...part, logprobs }
  }

  return {
    push(logprobs = []) {
      pendingLogprobs.push(...logprobs)
    },
    attachTo,
    attachToCut(part) {
      let uncoveredLength = 'text' in part ? part.text.length : 0
      const lastIndex = pendingLogprobs.findIndex(
        ({ text }) => (uncoveredLength -= text.length) <= 0,
      )
      pendingLogprobs = pendingLogprobs.slice(0, lastIndex < 0 ? undefined : lastIndex + 1)
      return attachTo(part)
    },
  }
}
