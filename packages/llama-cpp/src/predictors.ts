import type { Sampling } from '@nano/core'
import type { Runtime, Token, TokenPredictor } from './runtime.ts'

/** A predictor of tokens that can be told to keep still for a reply. */
export interface Predictor extends TokenPredictor {
  /** Before each reply. Penalties see only tokens that were given out, not guesses, so a reply with penalties goes without. */
  begin(prompt: readonly Token[], sampling: Sampling): void
}

/** Guesses that the reply repeats its prompt. */
export function promptLookup(runtime: Runtime): Predictor {
  const inner = new runtime.InputLookupTokenPredictor()
  let guesses = true
  return {
    begin(prompt, { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 }) {
      guesses = repetitionPenalty === 1 && presencePenalty === 0 && frequencyPenalty === 0
      inner.updateInputTokens([...prompt])
    },
    reset: (options) => inner.reset(options),
    pushTokens: (tokens) => inner.pushTokens(tokens),
    predictTokens: () => (guesses ? inner.predictTokens() : []),
    stop: (untilExhausted) => inner.stop(untilExhausted),
    dispose: () => inner.dispose(),
  }
}
