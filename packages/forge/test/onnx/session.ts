import { InferenceSession, Tensor } from 'onnxruntime-node'
import '../../../../test/shared/half-precision-as-bits.ts'
import {
  emptyCache,
  int64Row,
  nextCache,
  stepFeeds,
  type Feeds,
} from '../../../onnx-graph/test/support/session.ts'
import { fromFloat16 } from '../../../onnx-graph/src/index.ts'

/** What a run of a decoder returns. */
export interface StepResult {
  /** The logits of each position that has them. */
  readonly logits: readonly (readonly number[])[]
  readonly cache: Feeds
}

interface StepOptions {
  /** The step before. Without one, the cache is empty. */
  readonly after?: StepResult
  /** `num_logits_to_keep`. */
  readonly logitsToKeep?: number
  /** `position_ids`. By default they follow those of the cache. */
  readonly positions?: readonly number[]
}

export async function openSession(path: string): Promise<InferenceSession> {
  return InferenceSession.create(path, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  })
}

/** Reads tokens. */
export async function runStep(
  session: InferenceSession,
  tokens: readonly number[],
  { after, logitsToKeep, positions }: StepOptions = {},
): Promise<StepResult> {
  const cache = after?.cache ?? emptyCache(session)
  const outputs = await session.run({
    ...cache,
    ...stepFeeds(session, tokens, cache),
    ...(positions && { position_ids: int64Row(positions) }),
    ...(logitsToKeep !== undefined && {
      num_logits_to_keep: new Tensor('int64', BigInt64Array.of(BigInt(logitsToKeep)), []),
    }),
  })
  return { logits: toRows(outputs.logits!), cache: nextCache(outputs) }
}

/** Reads tokens and returns the logits of the last one. */
export async function computeLastLogits(
  session: InferenceSession,
  tokens: readonly number[],
  options: StepOptions = {},
): Promise<readonly number[]> {
  return (await runStep(session, tokens, options)).logits.at(-1)!
}

/** Finds the largest difference of two numbers in the same place. */
export function findLargestDifference(
  values: readonly number[],
  otherValues: readonly number[],
): number {
  return Math.max(...values.map((value, index) => Math.abs(value - otherValues[index]!)))
}

function toRows({ type, data, dims }: Tensor): number[][] {
  const values =
    type === 'float16'
      ? Array.from(data as Uint16Array, fromFloat16)
      : Array.from(data as Float32Array)
  const width = dims.at(-1)!
  return Array.from({ length: values.length / width }, (_, index) =>
    values.slice(index * width, (index + 1) * width),
  )
}
