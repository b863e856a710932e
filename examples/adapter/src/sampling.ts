import type { Sampling } from '@nano/core'
import type { Counts } from './chain.ts'

/** The settings that the engine honors. Each one is a claim, and the suite tests each claim. */
export const settings: readonly (keyof Sampling)[] = ['temperature', 'topK', 'seed']

/** Chooses tokens as the request says: keeps the `topK` most probable, then samples one. */
export function sampler({
  temperature = 1,
  topK = Infinity,
  seed = Math.trunc(Math.random() * 2 ** 32),
}: Sampling): (counts: Counts) => number {
  const random = seededRandom(seed)
  return (counts) => {
    // Of two tokens with the same count, the lower id comes first, so that greedy replies repeat.
    const rankedCounts = [...counts].toSorted(
      ([a, countOfA], [b, countOfB]) => countOfB - countOfA || a - b,
    )
    const candidates = temperature === 0 ? rankedCounts.slice(0, 1) : rankedCounts.slice(0, topK)
    const weights = candidates.map(([, count]) =>
      temperature === 0 ? 1 : count ** (1 / temperature),
    )
    let remainingWeight = random() * weights.reduce((sum, weight) => sum + weight, 0)
    const chosenIndex = candidates.findIndex(
      (_, index) => (remainingWeight -= weights[index] ?? 0) <= 0,
    )
    return (candidates.at(chosenIndex) ?? candidates[0] ?? [0])[0]
  }
}

/** Gives random numbers in [0, 1), the same ones for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x9e37_79b9) >>> 0
    let bits = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b)
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35)
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32
  }
}
