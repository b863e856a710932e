import { NanoError, type Sampling } from '@nano/core'
import type { OnnxType } from '../graph/onnx-graph.ts'

/**
 * What a run of a loop is asked for; sampling as the contract has it, neutral where it is absent.
 */
export interface LoopRun extends Omit<Sampling, 'seed'> {
  /** Tokens chosen at most, from 1. */
  readonly steps: number
  /** Ids from here on are never chosen: exports pad their vocabulary. */
  readonly vocabularySize: number
  /** Ids that end the run once they are chosen. */
  readonly stopIds?: readonly number[]
  /** What was sampled in this reply, which penalties see; not needed where they are neutral. */
  readonly sampled?: readonly number[]
  /** In [0, 1), one a step; not needed where the likeliest token is chosen. */
  readonly chances?: readonly number[]
}

/** A tensor as onnxruntime's constructor takes it: `new Tensor(type, data, dims)`. */
export type LoopFeed =
  | { readonly type: 'int64'; readonly data: BigInt64Array; readonly dims: readonly [number] }
  | { readonly type: 'float64'; readonly data: Float64Array; readonly dims: readonly [number] }

/** An input that a loop has beside its decoder's. */
export type LoopInput =
  | 'steps'
  | 'vocabulary_size'
  | 'stop_ids'
  | 'sampled'
  | 'chances'
  | 'temperature'
  | 'top_k'
  | 'top_p'
  | 'log_min_p'
  | 'repetition_penalty'
  | 'presence_penalty'
  | 'frequency_penalty'

/** The inputs that a loop has beside its decoder's. Vectors, most of one number. */
export const loopInputs: Readonly<Record<LoopInput, OnnxType>> = {
  steps: 'int64',
  vocabulary_size: 'int64',
  stop_ids: 'int64',
  sampled: 'int64',
  chances: 'float64',
  temperature: 'float64',
  top_k: 'int64',
  top_p: 'float64',
  log_min_p: 'float64',
  repetition_penalty: 'float64',
  presence_penalty: 'float64',
  frequency_penalty: 'float64',
}

/**
 * What `loopDecoder`'s models are fed beside a step's own inputs, by name. Throws `invalid-request`
 * for less than one step, or fewer chances than steps.
 */
export function loopFeeds({
  steps,
  vocabularySize,
  stopIds = [],
  sampled = [],
  chances = [],
  temperature = 1,
  topK,
  topP = 1,
  minP = 0,
  ...penalties
}: LoopRun): Readonly<Record<LoopInput, LoopFeed>> {
  const { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = penalties
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new NanoError(
      'invalid-request',
      `forge: a loop was asked for ${steps} steps. Ask for 1 or more.`,
    )
  if (temperature !== 0 && topK !== 1 && chances.length < steps)
    throw new NanoError(
      'invalid-request',
      `forge: a loop of ${steps} steps was given ${chances.length} chances. Give one a step.`,
    )
  return {
    steps: integers([steps]),
    vocabulary_size: integers([vocabularySize]),
    stop_ids: integers(stopIds),
    sampled: integers(sampled),
    chances: doubles(chances),
    temperature: doubles([temperature]),
    top_k: integers([topK ?? vocabularySize]),
    top_p: doubles([topP]),
    log_min_p: doubles([Math.log(minP)]),
    repetition_penalty: doubles([repetitionPenalty]),
    presence_penalty: doubles([presencePenalty]),
    frequency_penalty: doubles([frequencyPenalty]),
  }
}

function integers(values: readonly number[]): LoopFeed {
  return { type: 'int64', data: BigInt64Array.from(values, BigInt), dims: [values.length] }
}

function doubles(values: readonly number[]): LoopFeed {
  return { type: 'float64', data: Float64Array.from(values), dims: [values.length] }
}
