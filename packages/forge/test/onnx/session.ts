import { InferenceSession, Tensor } from 'onnxruntime-node'
import { fromHalf } from '../../src/half.ts'
import type { Shape } from '../../src/index.ts'
import '../../../../test/shared/half-precision-as-bits.ts'

export interface Step {
  /** Of each position that has them. */
  readonly logits: readonly (readonly number[])[]
  readonly cache: Readonly<Record<string, Tensor>>
}

export async function openSession(path: string): Promise<InferenceSession> {
  return InferenceSession.create(path, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  })
}

interface Asked {
  readonly before?: Step
  readonly keep?: number
  /** Positions, where they are not those that come next. */
  readonly positions?: readonly number[]
}

/** Goes on from a cache, or begins. */
export async function step(
  session: InferenceSession,
  { layers, kvHeads, headSize, vocabulary }: Shape,
  tokens: readonly number[],
  { before, keep, positions }: Asked = {},
): Promise<Step> {
  const names = (family: string) =>
    Array.from({ length: layers }, (_, layer) => [
      `${family}.${layer}.key`,
      `${family}.${layer}.value`,
    ]).flat()
  const half = session.inputMetadata.some((input) => input.isTensor && input.type === 'float16')
  const empty = () =>
    half
      ? new Tensor('float16', new Uint16Array(0), [1, kvHeads, 0, headSize])
      : new Tensor('float32', new Float32Array(0), [1, kvHeads, 0, headSize])
  const cache =
    before?.cache ?? Object.fromEntries(names('past_key_values').map((name) => [name, empty()]))
  const past = cache['past_key_values.0.key']?.dims[2] ?? 0
  const out = await session.run({
    ...cache,
    input_ids: int64(tokens),
    attention_mask: int64(Array.from({ length: past + tokens.length }, () => 1)),
    ...(session.inputNames.includes('position_ids') && {
      position_ids: int64(positions ?? tokens.map((_, index) => past + index)),
    }),
    ...(keep !== undefined && {
      num_logits_to_keep: new Tensor('int64', BigInt64Array.of(BigInt(keep)), []),
    }),
  })
  const all = numbers(out.logits!)
  const present = names('present')
  return {
    logits: Array.from({ length: all.length / vocabulary }, (_, index) =>
      all.slice(index * vocabulary, (index + 1) * vocabulary),
    ),
    cache: Object.fromEntries(
      names('past_key_values').map((name, index) => [name, out[present[index]!]!]),
    ),
  }
}

export function difference(one: readonly number[], other: readonly number[]): number {
  return Math.max(...one.map((value, index) => Math.abs(value - other[index]!)))
}

function int64(values: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
}

function numbers({ type, data }: Tensor): number[] {
  return type === 'float16'
    ? Array.from(data as Uint16Array, fromHalf)
    : Array.from(data as Float32Array)
}
