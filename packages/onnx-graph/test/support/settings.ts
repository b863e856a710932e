import type { Sampling } from '@nano/core'

/** Sampling settings whose replies are compared, each of the settings among them. */
export const settingsToTry: readonly Sampling[] = [
  { temperature: 0 },
  { temperature: 0, repetitionPenalty: 1.3, presencePenalty: 0.4, frequencyPenalty: 0.2 },
  { temperature: 2 },
  { temperature: 2, topK: 40 },
  { temperature: 3, topP: 0.9 },
  { temperature: 2, minP: 0.05 },
  { temperature: 5, topK: 50, topP: 0.95, minP: 0.02 },
  { temperature: 1.5, topP: 0.9, repetitionPenalty: 1.1, frequencyPenalty: -0.3 },
  { temperature: 0.7, topP: 0.9999 },
  { temperature: 2, topK: 1 },
  { topK: 5_000 },
]
