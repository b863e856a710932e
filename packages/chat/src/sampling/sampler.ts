import type { Sampling } from '@nano/core'
import { completeSampling, samplingSettings, seededRandom } from '@nano/core/driver'

/** Chooses tokens from logits, with the settings in the order that core's contract names. */
export interface Sampler {
  /** It always chooses the most probable token, and draws no random number. */
  readonly isGreedy: boolean
  /**
   * Chooses the next token. `logits` are `[vocabulary]`, raw, and stay unchanged; -Infinity marks a
   * token that may not come. `sampledTokens` are those of this reply so far, which penalties see.
   */
  chooseToken(logits: Float32Array, sampledTokens: readonly number[]): number
}

const penaltyNames = ['repetitionPenalty', 'presencePenalty', 'frequencyPenalty'] as const
type Penalties = Readonly<Record<(typeof penaltyNames)[number], number>>

/** Takes one number of `random` for each token, except where decoding is greedy. */
export function sampler(sampling: Sampling, random = seededRandom(sampling.seed)): Sampler {
  const {
    temperature,
    topK,
    topP,
    minP,
    seed: _seed,
    repetitionPenalty,
    presencePenalty,
    frequencyPenalty,
    ...otherSettings
  } = completeSampling(sampling)
  // A setting that the contract gets does not compile here until the sampler applies it.
  otherSettings satisfies Readonly<Record<string, never>>
  const penalties: Penalties = { repetitionPenalty, presencePenalty, frequencyPenalty }
  const hasPenalty = penaltyNames.some((name) => penalties[name] !== samplingSettings[name].neutral)
  const isGreedy = temperature === 0 || topK === 1
  return {
    isGreedy,
    chooseToken(logits, sampledTokens) {
      const scores =
        hasPenalty && sampledTokens.length > 0
          ? applyPenalties(logits, sampledTokens, penalties)
          : logits
      const best = argmax(scores)
      if (isGreedy) return best
      const bestScore = scores[best] ?? 0
      const candidates = findCandidates(scores, bestScore, { topK, topP, minP })
      return drawToken(scores, candidates, { bestScore, temperature, random: random() })
    },
  }
}

/** The id of the highest logit; of several, the lowest id. */
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

function applyPenalties(
  logits: Float32Array,
  sampledTokens: readonly number[],
  { repetitionPenalty, presencePenalty, frequencyPenalty }: Penalties,
): Float32Array {
  const counts = new Map<number, number>()
  for (const token of sampledTokens) counts.set(token, (counts.get(token) ?? 0) + 1)
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

interface CutOffs {
  readonly topK: number
  readonly topP: number
  readonly minP: number
}

/** The tokens that top-k, top-p and min-p keep; undefined where they keep all. */
function findCandidates(
  scores: Float32Array,
  bestScore: number,
  { topK, topP, minP }: CutOffs,
): readonly number[] | undefined {
  // Sorting a whole vocabulary costs more than a step of a small model, so only tokens that can be
  // kept are sorted.
  let candidates = topK < scores.length ? findTopTokens(scores, topK) : undefined
  if (topP < 1) candidates = findNucleus(scores, candidates, { bestScore, topP })
  if (minP === 0) return candidates
  const minScore = bestScore + Math.log(minP)
  candidates ??= findTokensAbove(scores, -Infinity)
  return candidates.filter((token) => (scores[token] ?? -Infinity) >= minScore)
}

/**
 * Distance from the best score within which the nucleus is looked for first. What is further away
 * is 160,000 times less likely than the best token, and seldom within top-p.
 */
const nearDistance = 12

/** The most likely tokens, best first, that together have `topP` of the probability. */
function findNucleus(
  scores: Float32Array,
  sortedTokens: readonly number[] | undefined,
  { bestScore, topP }: { readonly bestScore: number; readonly topP: number },
): readonly number[] {
  const weigh = (token: number) => Math.exp((scores[token] ?? -Infinity) - bestScore)
  let total = 0
  if (sortedTokens) for (const token of sortedTokens) total += weigh(token)
  else for (let token = 0; token < scores.length; token++) total += weigh(token)

  const sort = (tokens: number[]) =>
    tokens.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
  for (const minScore of [bestScore - nearDistance, -Infinity]) {
    const candidates = sortedTokens ?? sort(findTokensAbove(scores, minScore))
    let mass = 0
    for (const [index, token] of candidates.entries()) {
      mass += weigh(token)
      if (mass >= topP * total) return candidates.slice(0, index + 1)
    }
    if (sortedTokens) return sortedTokens
  }
  return findTokensAbove(scores, -Infinity)
}

function findTokensAbove(scores: Float32Array, minScore: number): number[] {
  const tokens: number[] = []
  for (let token = 0; token < scores.length; token++)
    if ((scores[token] ?? -Infinity) > minScore) tokens.push(token)
  return tokens
}

/** The tokens with the `count` highest scores, best first; equal scores in the order of ids. */
export function findTopTokens(scores: Float32Array, count: number): readonly number[] {
  if (count <= 0) return []
  const best: number[] = []
  let lowest = -Infinity
  for (let token = 0; token < scores.length; token++) {
    const score = scores[token] ?? -Infinity
    if (best.length === count && score <= lowest) continue
    let low = 0
    for (let high = best.length; low < high;) {
      const middle = (low + high) >>> 1
      if ((scores[best[middle] ?? 0] ?? 0) >= score) low = middle + 1
      else high = middle
    }
    best.splice(low, 0, token)
    if (best.length > count) best.pop()
    lowest = best.length === count ? (scores[best.at(-1) ?? 0] ?? 0) : -Infinity
  }
  return best
}

interface Draw {
  readonly bestScore: number
  readonly temperature: number
  /** In [0, 1). */
  readonly random: number
}

/** Draws one of the candidates, or of all tokens, by their probabilities. */
function drawToken(
  scores: Float32Array,
  candidates: readonly number[] | undefined,
  { bestScore, temperature, random }: Draw,
): number {
  const count = candidates?.length ?? scores.length
  const tokenAt = (index: number) => candidates?.[index] ?? index
  const weights = new Float64Array(count)
  let total = 0
  for (let index = 0; index < count; index++) {
    const weight = Math.exp(((scores[tokenAt(index)] ?? -Infinity) - bestScore) / temperature)
    weights[index] = weight
    total += weight
  }
  let weightLeft = random * total
  let chosenIndex = 0
  for (let index = 0; index < count; index++) {
    const weight = weights[index] ?? 0
    if (weight === 0) continue
    chosenIndex = index
    weightLeft -= weight
    if (weightLeft < 0) break
  }
  return tokenAt(chosenIndex)
}
