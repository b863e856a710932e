import type { Sampling } from '@nano/core'
import type { Token } from './runtime.ts'

/** The settings llama.cpp honours, in the contract's meaning. */
export const settings: readonly (keyof Sampling)[] = [
  'temperature', 'topP', 'topK', 'minP', 'repetitionPenalty', 'presencePenalty', 'frequencyPenalty', 'seed',
]

/**
 * The contract's settings as the runtime takes them. All are passed on, because the runtime has defaults of its own
 * (greedy, top-k 40, top-p 0.95), and its seed is the time in seconds, the same for two calls in one second.
 */
export function toRuntimeSampling(sampling: Sampling, sampled: () => readonly Token[]): object {
  const { temperature = 1, topP = 1, topK = 0, minP = 0, seed = randomSeed() } = sampling
  const { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = sampling
  const penalised = repetitionPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0

  return {
    temperature,
    topP,
    topK,
    minP,
    seed,
    ...(penalised && { repeatPenalty: { punishTokens: () => [...sampled()], penalty: repetitionPenalty, presencePenalty, frequencyPenalty } }),
  }
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0
}
