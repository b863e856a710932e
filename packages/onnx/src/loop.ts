import type { Sampling } from '@nano/core'
import type { Runtime, Tensor } from './runtime.ts'

/** What a decoder in a loop takes beside a step's own inputs. */
export const loopInputs = [
  'steps', 'vocabulary_size', 'stop_ids', 'sampled', 'chances', 'temperature', 'top_k', 'top_p', 'log_min_p', 'repetition_penalty', 'presence_penalty', 'frequency_penalty',
] as const

/** A greedy run of a loop. */
export interface LoopRun {
  /** Tokens chosen at most, from 1. */
  readonly steps: number
  /** Ids from here on are never chosen. */
  readonly vocabularySize: number
  /** Ids that end the run. */
  readonly stopIds: readonly number[]
  /** What penalties see. */
  readonly sampled: readonly number[]
  readonly penalties: Pick<Sampling, 'repetitionPenalty' | 'presencePenalty' | 'frequencyPenalty'>
}

/** What a loop is fed for a step that only reads: it chooses a token, which nobody looks at. */
export const oneStep = (vocabularySize: number): LoopRun => ({ steps: 1, vocabularySize, stopIds: [], sampled: [], penalties: {} })

export function loopFeeds({ Tensor }: Pick<Runtime, 'Tensor'>, { steps, vocabularySize, stopIds, sampled, penalties }: LoopRun): Readonly<Record<(typeof loopInputs)[number], Tensor>> {
  const { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = penalties
  const whole = (...values: readonly number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length])
  const double = (...values: readonly number[]) => new Tensor('float64', Float64Array.from(values), [values.length])
  return {
    steps: whole(steps),
    vocabulary_size: whole(vocabularySize),
    stop_ids: whole(...stopIds),
    sampled: whole(...sampled),
    chances: double(),
    temperature: double(0),
    top_k: whole(1),
    top_p: double(1),
    log_min_p: double(-Infinity),
    repetition_penalty: double(repetitionPenalty),
    presence_penalty: double(presencePenalty),
    frequency_penalty: double(frequencyPenalty),
  }
}

/** Says how many steps a run may take, from how long they took. */
export interface Pace {
  steps(): number
  /** Milliseconds that a run took, and how many tokens it gave. */
  learn(run: { readonly took: number; readonly gave: number }): void
}

/** An abort, and the others' next tokens, wait for a run: it should not take longer than that. */
const patience = 50
const mostSteps = 16

export function pace(): Pace {
  let steps = 4
  return {
    steps: () => steps,
    learn({ took, gave }) {
      steps = Math.max(1, Math.min(mostSteps, Math.floor((patience * gave) / took)))
    },
  }
}
