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
  const random = randomness(seed)
  return (counts) => {
    // Of two tokens with the same count, the lower id comes first, so that greedy replies repeat.
    const ranked = [...counts].toSorted(([a, often], [b, oftener]) => oftener - often || a - b)
    const kept = temperature === 0 ? ranked.slice(0, 1) : ranked.slice(0, topK)
    const weights = kept.map(([, count]) => (temperature === 0 ? 1 : count ** (1 / temperature)))
    let left = random() * weights.reduce((sum, weight) => sum + weight, 0)
    const chosen = kept.findIndex((_, index) => (left -= weights[index] ?? 0) <= 0)
    return (kept.at(chosen) ?? kept[0] ?? [0])[0]
  }
}

/** Gives random numbers in [0, 1), the same ones for the same seed. */
function randomness(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x9e37_79b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
}
