import type { Sampling } from '@nano/core'
import { randomInteger } from '@nano/core/driver'

/**
 * Chooses tokens from logits, in the contract's order: penalties, top-k, top-p, min-p, temperature,
 * chance.
 */
export interface Sampler {
  /** It always chooses the most probable token, and draws no random number. */
  readonly isGreedy: boolean
  /**
   * The next token. `logits`: `[vocabulary]`, raw, left as they are; -Infinity marks what may not
   * come. `sampled`: what was sampled in this reply, which penalties see.
   */
  chooseToken(logits: Float32Array, sampled: readonly number[]): number
}

/**
 * A sampler for one reply. What is absent is neutral; each token that is left to chance takes one
 * number of `draw`.
 */
export function sampler(
  { temperature = 1, topK, topP = 1, minP = 0, seed, ...penalties }: Sampling,
  draw = uniform(seed),
): Sampler {
  const isGreedy = temperature === 0 || topK === 1
  return {
    isGreedy,
    chooseToken(logits, sampled) {
      const scores = penalised(logits, sampled, penalties)
      const best = argmax(scores)
      if (isGreedy) return best
      const kept =
        topK === undefined && topP === 1 && minP === 0
          ? undefined
          : cutOff(scores, scores[best] ?? 0, { topK, topP, minP })
      return drawn(scores, kept, { highest: scores[best] ?? 0, temperature, chance: draw() })
    },
  }
}

/** The id of the highest logit, of several the lowest. */
export function argmax(logits: Float32Array): number {
  let best = 0
  let highest = -Infinity
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token] ?? -Infinity
    if (logit > highest) {
      highest = logit
      best = token
    }
  }
  return best
}

/** The log-softmax of some tokens, from raw logits. */
export interface LogProbabilities {
  readonly of: (token: number) => number
  /** The likeliest, best first. */
  readonly top: (count: number) => readonly { readonly token: number; readonly logprob: number }[]
}

/** Natural logarithms of the softmax of `logits`, `[vocabulary]`. */
export function logProbabilities(logits: Float32Array): LogProbabilities {
  const highest = logits[argmax(logits)] ?? 0
  let sum = 0
  for (let token = 0; token < logits.length; token++)
    sum += Math.exp((logits[token] ?? -Infinity) - highest)
  const normaliser = highest + Math.log(sum)
  const of = (token: number) => Math.min(0, (logits[token] ?? -Infinity) - normaliser)
  return {
    of,
    top: (count) => likeliest(logits, count).map((token) => ({ token, logprob: of(token) })),
  }
}

type Penalties = Pick<Sampling, 'repetitionPenalty' | 'presencePenalty' | 'frequencyPenalty'>

function penalised(
  logits: Float32Array,
  sampled: readonly number[],
  { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 }: Penalties,
): Float32Array {
  if (
    sampled.length === 0 ||
    (repetitionPenalty === 1 && presencePenalty === 0 && frequencyPenalty === 0)
  )
    return logits
  const counts = new Map<number, number>()
  for (const token of sampled) counts.set(token, (counts.get(token) ?? 0) + 1)
  const scores = logits.slice()
  for (const [token, count] of counts) {
    const logit = scores[token] ?? 0
    scores[token] =
      (logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty) -
      presencePenalty -
      count * frequencyPenalty
  }
  return scores
}

interface CutOff {
  readonly topK: number | undefined
  readonly topP: number
  readonly minP: number
}

/**
 * e to the power of it is one part in 160,000: what is less likely than that beside the best is
 * seldom within top-p.
 */
const near = -12

/** The tokens that top-k, top-p and min-p leave. */
function cutOff(
  scores: Float32Array,
  highest: number,
  { topK = Infinity, topP, minP }: CutOff,
): readonly number[] {
  // Sorting a whole vocabulary costs more than a step of a small model, so only what can be kept is
  // sorted.
  let kept = topK < scores.length ? likeliest(scores, topK) : undefined
  if (topP < 1) kept = nucleus(scores, kept, { highest, topP })
  kept ??= [...scores.keys()].filter((token) => (scores[token] ?? -Infinity) > -Infinity)
  const floor = highest + Math.log(minP)
  return kept.filter((token) => (scores[token] ?? -Infinity) >= floor)
}

function nucleus(
  scores: Float32Array,
  among: readonly number[] | undefined,
  { highest, topP }: { readonly highest: number; readonly topP: number },
): readonly number[] {
  const weight = (token: number) => Math.exp((scores[token] ?? -Infinity) - highest)
  let total = 0
  if (among) for (const token of among) total += weight(token)
  else for (let token = 0; token < scores.length; token++) total += weight(token)

  const sorted = (tokens: number[]) =>
    tokens.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
  for (const floor of [highest + near, -Infinity]) {
    const candidates = among ?? sorted(tokensAbove(scores, floor))
    let mass = 0
    for (const [index, token] of candidates.entries()) {
      mass += weight(token)
      if (mass >= topP * total) return candidates.slice(0, index + 1)
    }
    if (among) return among
  }
  return tokensAbove(scores, -Infinity)
}

function tokensAbove(scores: Float32Array, floor: number): number[] {
  const tokens: number[] = []
  for (let token = 0; token < scores.length; token++)
    if ((scores[token] ?? -Infinity) > floor) tokens.push(token)
  return tokens
}

/** The `count` highest, best first, equals in the order of their ids. */
function likeliest(scores: Float32Array, count: number): readonly number[] {
  if (count <= 0) return []
  const best: number[] = []
  let least = -Infinity
  for (let token = 0; token < scores.length; token++) {
    const score = scores[token] ?? -Infinity
    if (best.length === count && score <= least) continue
    let low = 0
    for (let high = best.length; low < high;) {
      const middle = (low + high) >>> 1
      if ((scores[best[middle] ?? 0] ?? 0) >= score) low = middle + 1
      else high = middle
    }
    best.splice(low, 0, token)
    if (best.length > count) best.pop()
    least = best.length === count ? (scores[best.at(-1) ?? 0] ?? 0) : -Infinity
  }
  return best
}

interface Draw {
  readonly highest: number
  readonly temperature: number
  /** In [0, 1). */
  readonly chance: number
}

function drawn(
  scores: Float32Array,
  kept: readonly number[] | undefined,
  { highest, temperature, chance }: Draw,
): number {
  const count = kept?.length ?? scores.length
  const tokenAt = (index: number) => kept?.[index] ?? index
  const weights = new Float64Array(count)
  let total = 0
  for (let index = 0; index < count; index++) {
    const weight = Math.exp(((scores[tokenAt(index)] ?? -Infinity) - highest) / temperature)
    weights[index] = weight
    total += weight
  }
  let left = chance * total
  let last = 0
  for (let index = 0; index < count; index++) {
    const weight = weights[index] ?? 0
    if (weight === 0) continue
    last = index
    left -= weight
    if (left < 0) break
  }
  return tokenAt(last)
}

/**
 * Uniform numbers in [0, 1) of 53 bits that repeat with their seed: Steele, Lea and Flood's
 * SplitMix, in 32 bits.
 */
export function uniform(seed = randomInteger()): () => number {
  let state = seed | 0
  function word(): number {
    state = (state + 0x9e37_79b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0_aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a_2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  return () => ((word() >>> 5) * 0x400_0000 + (word() >>> 6)) / 2 ** 53
}
