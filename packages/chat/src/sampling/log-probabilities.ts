import { argmax, findTopTokens } from './sampler.ts'

/** The log-probabilities of tokens, from raw logits. */
export interface LogProbabilities {
  of(token: number): number
  /** The most probable tokens, best first. */
  top(count: number): readonly { readonly token: number; readonly logprob: number }[]
}

/** Computes log-probabilities: natural logarithms of the softmax of `logits`, `[vocabulary]`. */
export function logProbabilities(logits: Float32Array): LogProbabilities {
  const highest = logits[argmax(logits)] ?? 0
  let sum = 0
  for (let token = 0; token < logits.length; token++)
    sum += Math.exp((logits[token] ?? -Infinity) - highest)
  const logSum = highest + Math.log(sum)
  const of = (token: number) => Math.min(0, (logits[token] ?? -Infinity) - logSum)
  return {
    of,
    top: (count) => findTopTokens(logits, count).map((token) => ({ token, logprob: of(token) })),
  }
}
