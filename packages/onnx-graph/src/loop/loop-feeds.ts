import { NanoError, type Sampling } from '@nano/core'
import { completeSampling } from '@nano/core/driver'
import type { OnnxType } from '../tensor.ts'

/** Settings of one run of a loop. Sampling settings are those of a request, neutral by default. */
export interface LoopRun extends Omit<Sampling, 'seed'> {
  /** The most tokens to choose, at least 1. */
  readonly steps: number
  /** Token ids from this one on are never chosen: exports can have more logits than tokens. */
  readonly vocabularySize: number
  /** Ids that end the run when one of them is chosen. */
  readonly stopIds?: readonly number[]
  /** The tokens of the reply so far. Only penalties use them. */
  readonly replyTokens?: readonly number[]
  /** Random numbers in [0, 1), one per step. A greedy run uses none. */
  readonly chances?: readonly number[]
}

/** A tensor as the constructor of onnxruntime takes it: `new Tensor(type, data, dims)`. */
export type LoopFeed =
  | { readonly type: 'int64'; readonly data: BigInt64Array; readonly dims: readonly [number] }
  | { readonly type: 'float64'; readonly data: Float64Array; readonly dims: readonly [number] }

/** The inputs that `addTokenLoop` adds, and their types. Each is a vector, most of one number. */
export const loopInputs = {
  steps: 'int64',
  vocabulary_size: 'int64',
  stop_ids: 'int64',
  reply_tokens: 'int64',
  chances: 'float64',
  temperature: 'float64',
  top_k: 'int64',
  top_p: 'float64',
  log_min_p: 'float64',
  repetition_penalty: 'float64',
  presence_penalty: 'float64',
  frequency_penalty: 'float64',
} as const satisfies Readonly<Record<string, OnnxType>>

/**
 * Creates what a run of a loop is fed besides the inputs of the decoder, by name. Throws
 * `invalid-request` for less than one step, or for fewer chances than steps.
 */
export function createLoopFeeds({
  steps,
  vocabularySize,
  stopIds = [],
  replyTokens = [],
  chances = [],
  ...sampling
}: LoopRun): Readonly<Record<keyof typeof loopInputs, LoopFeed>> {
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
  // A setting that the contract gets does not compile here until the loop applies it.
  otherSettings satisfies Readonly<Record<string, never>>
  const isGreedy = temperature === 0 || topK === 1
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new NanoError(
      'invalid-request',
      `onnx-graph: a loop cannot run ${steps} steps. Give 1 or more.`,
    )
  if (!isGreedy && chances.length < steps)
    throw new NanoError(
      'invalid-request',
      `onnx-graph: a loop of ${steps} steps needs as many chances, and got ${chances.length}.`,
    )
  return {
    steps: int64([steps]),
    vocabulary_size: int64([vocabularySize]),
    stop_ids: int64(stopIds),
    reply_tokens: int64(replyTokens),
    chances: float64(chances),
    temperature: float64([temperature]),
    top_k: int64([Math.min(topK, vocabularySize)]),
    top_p: float64([topP]),
    log_min_p: float64([Math.log(minP)]),
    repetition_penalty: float64([repetitionPenalty]),
    presence_penalty: float64([presencePenalty]),
    frequency_penalty: float64([frequencyPenalty]),
  }
}

function int64(values: readonly number[]): LoopFeed {
  return { type: 'int64', data: BigInt64Array.from(values, BigInt), dims: [values.length] }
}

function float64(values: readonly number[]): LoopFeed {
  return { type: 'float64', data: Float64Array.from(values), dims: [values.length] }
}
