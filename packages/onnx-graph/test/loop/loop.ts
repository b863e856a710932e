import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Sampling } from '@nano/core'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { sampler, uniform } from '../../../chat/src/sampler.ts'
import { fromHalf } from '../../../forge/src/half.ts'
import { loopDecoder, loopFeeds } from '../../src/index.ts'
import '../../../../test/shared/half-precision-as-bits.ts'

/** A decoder as it is, and in a loop. */
export interface Both {
  readonly plain: InferenceSession
  readonly loop: InferenceSession
}

/** The loop's session is made from memory, and finds its weights in the folder of the file. */
export async function openBoth(path: string): Promise<Both> {
  const open = (model: Uint8Array) =>
    InferenceSession.create(model, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
    })
  const bytes = readFileSync(path)
  return { plain: await open(bytes), loop: await open(loopDecoder(bytes)) }
}

type Feeds = Readonly<Record<string, Tensor>>

export interface Reply {
  readonly prompt: readonly number[]
  readonly length: number
  readonly vocabularySize: number
  readonly sampling: Sampling & { readonly seed: number }
  readonly stopIds?: readonly number[]
}

export interface Replied {
  readonly tokens: readonly number[]
  /** By the names of a step's inputs. */
  readonly cache: Feeds
  /** How often a run left the choice to the caller. */
  readonly left: number
}

/** One step to a run, and the sampler of `@nano/chat`. */
export async function stepwise(
  session: InferenceSession,
  { prompt, length, vocabularySize, sampling, stopIds = [] }: Reply,
): Promise<Replied> {
  const chooser = sampler(sampling)
  const tokens: number[] = []
  let cache = emptyCache(session)
  for (
    let next = prompt;
    tokens.length < length && !stopIds.includes(tokens.at(-1)!);
    next = tokens.slice(-1)
  ) {
    const out = await session.run({ ...stepFeeds(session, next, cache), ...cache })
    cache = cacheIn(out)
    tokens.push(chooser.next(lastLogits(out.logits!, vocabularySize), tokens))
  }
  return { tokens, cache, left: 0 }
}

/** Several steps to a run; where a run leaves a choice, it is made here. */
export async function looped(
  session: InferenceSession,
  reply: Reply,
  steps: number,
): Promise<Replied> {
  const { prompt, length, vocabularySize, sampling, stopIds = [] } = reply
  const { seed, ...settings } = sampling
  const draw = uniform(seed)
  const tokens: number[] = []
  let chances: number[] = []
  let cache = emptyCache(session)
  let left = 0
  for (
    let next = prompt;
    tokens.length < length && !stopIds.includes(tokens.at(-1)!);
    next = tokens.slice(-1)
  ) {
    while (chances.length < steps) chances.push(draw())
    const out = await session.run({
      ...stepFeeds(session, next, cache),
      ...cache,
      ...tensors(
        loopFeeds({
          steps: Math.min(steps, length - tokens.length),
          vocabularySize,
          stopIds,
          sampled: tokens,
          chances,
          ...settings,
        }),
      ),
    })
    cache = cacheIn(out)
    const chosen = Array.from(out.tokens!.data as BigInt64Array, Number)
    tokens.push(...chosen.filter((token) => token >= 0))
    if (chosen.at(-1) === -1) {
      left++
      tokens.push(
        chooserAt(tokens.length, sampling).next(lastLogits(out.logits!, vocabularySize), tokens),
      )
    }
    chances = chances.slice(chosen.length)
  }
  return { tokens, cache, left }
}

export function tensors(feeds: ReturnType<typeof loopFeeds>): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { type, data, dims }]) => [
      name,
      type === 'int64' ? new Tensor(type, data, dims) : new Tensor(type, data, dims),
    ]),
  )
}

export function emptyCache({ inputMetadata }: InferenceSession): Feeds {
  return Object.fromEntries(
    inputMetadata.flatMap((input) => {
      if (!input.isTensor || !input.name.startsWith('past')) return []
      const dims = input.shape.map((size, axis) =>
        typeof size === 'number' ? size : axis === 0 ? 1 : 0,
      )
      return [
        [
          input.name,
          input.type === 'float16'
            ? new Tensor('float16', new Uint16Array(0), dims)
            : new Tensor('float32', new Float32Array(0), dims),
        ],
      ]
    }),
  )
}

export function stepFeeds(
  { inputMetadata }: InferenceSession,
  tokens: readonly number[],
  cache: Feeds,
): Feeds {
  const past = cache['past_key_values.0.key']!.dims[2]!
  const row = (values: readonly number[]) =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
  const known: Feeds = {
    input_ids: inputMetadata.some(
      (input) => input.name === 'input_ids' && input.isTensor && input.type === 'int32',
    )
      ? new Tensor('int32', Int32Array.from(tokens), [1, tokens.length])
      : row(tokens),
    attention_mask: row(Array.from({ length: past + tokens.length }, () => 1)),
    position_ids: row(tokens.map((_, index) => past + index)),
    use_cache_branch: new Tensor('bool', [past > 0], [1]),
    num_logits_to_keep: new Tensor('int64', BigInt64Array.of(1n), []),
  }
  return Object.fromEntries(
    Object.entries(known).filter(([name]) => inputMetadata.some((input) => input.name === name)),
  )
}

export function cacheIn(out: InferenceSession.ReturnType): Feeds {
  return Object.fromEntries(
    Object.entries(out)
      .filter(([name]) => name.startsWith('present'))
      .map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor as Tensor]),
  )
}

function lastLogits({ data, dims, type }: Tensor, vocabularySize: number): Float32Array {
  const from = data.length - dims.at(-1)!
  return type === 'float16'
    ? Float32Array.from((data as Uint16Array).subarray(from, from + vocabularySize), fromHalf)
    : (data as Float32Array).slice(from, from + vocabularySize)
}

/** A sampler that has chosen before. */
function chooserAt(count: number, sampling: Sampling): ReturnType<typeof sampler> {
  const chooser = sampler(sampling)
  for (let index = 0; index < count; index++) chooser.next(Float32Array.of(0, 0), [])
  return chooser
}
