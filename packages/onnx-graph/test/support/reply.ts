import type { Sampling } from '@nano/core'
import { seededRandom } from '@nano/core/driver'
import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { sampler } from '../../../chat/src/sampling/sampler.ts'
import { createLoopFeeds, fromFloat16 } from '../../src/index.ts'
import { emptyCache, nextCache, stepFeeds, type Feeds } from './session.ts'

/** What a reply is generated from. */
export interface ReplyOptions {
  readonly prompt: readonly number[]
  readonly length: number
  readonly vocabularySize: number
  readonly sampling: Sampling & { readonly seed: number }
  readonly stopIds?: readonly number[]
}

/** A reply, and the state after it. */
export interface Reply {
  readonly tokens: readonly number[]
  readonly cache: Feeds
  /** How often a run left the choice of a token to the caller. */
  readonly leftChoices: number
}

/** Generates a reply with one step per run and the sampler of `@nano/chat`. */
export async function replyByStep(
  session: InferenceSession,
  { prompt, length, vocabularySize, sampling, stopIds = [] }: ReplyOptions,
): Promise<Reply> {
  const { chooseToken } = sampler(sampling)
  const tokens: number[] = []
  let cache = emptyCache(session)
  let unreadTokens = prompt
  while (tokens.length < length && !stopIds.includes(tokens.at(-1)!)) {
    const outputs = await session.run({ ...stepFeeds(session, unreadTokens, cache), ...cache })
    cache = nextCache(outputs)
    tokens.push(chooseToken(lastLogits(outputs.logits!, vocabularySize), tokens))
    unreadTokens = tokens.slice(-1)
  }
  return { tokens, cache, leftChoices: 0 }
}

/** Generates a reply with several steps per run. A choice that a run leaves is made here. */
export async function replyByLoop(
  session: InferenceSession,
  options: ReplyOptions,
  steps: number,
): Promise<Reply> {
  const { prompt, length, vocabularySize, sampling, stopIds = [] } = options
  const { seed, ...settings } = sampling
  const draw = seededRandom(seed)
  const tokens: number[] = []
  let chances: number[] = []
  let cache = emptyCache(session)
  let leftChoices = 0
  let unreadTokens = prompt
  while (tokens.length < length && !stopIds.includes(tokens.at(-1)!)) {
    while (chances.length < steps) chances.push(draw())
    const feeds = createLoopFeeds({
      steps: Math.min(steps, length - tokens.length),
      vocabularySize,
      stopIds,
      replyTokens: tokens,
      chances,
      ...settings,
    })
    const outputs = await session.run({
      ...stepFeeds(session, unreadTokens, cache),
      ...cache,
      ...toTensors(feeds),
    })
    cache = nextCache(outputs)
    const chosenTokens = toNumbers(outputs.tokens!)
    tokens.push(...chosenTokens.filter((token) => token >= 0))
    if (chosenTokens.at(-1) === -1) {
      leftChoices++
      const chooser = samplerAfter(tokens.length, sampling)
      tokens.push(chooser.chooseToken(lastLogits(outputs.logits!, vocabularySize), tokens))
    }
    chances = chances.slice(chosenTokens.length)
    unreadTokens = tokens.slice(-1)
  }
  return { tokens, cache, leftChoices }
}

/** Creates the tensors of a run. */
export function toTensors(feeds: ReturnType<typeof createLoopFeeds>): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { type, data, dims }]) => [
      name,
      type === 'int64' ? new Tensor(type, data, dims) : new Tensor(type, data, dims),
    ]),
  )
}

/** Reads an int64 tensor. */
export function toNumbers({ data }: Tensor): number[] {
  return Array.from(data as BigInt64Array, Number)
}

function lastLogits({ data, dims, type }: Tensor, vocabularySize: number): Float32Array {
  const from = data.length - dims.at(-1)!
  return type === 'float16'
    ? Float32Array.from((data as Uint16Array).subarray(from, from + vocabularySize), fromFloat16)
    : (data as Float32Array).slice(from, from + vocabularySize)
}

/** Creates a sampler that has chosen that many tokens. */
function samplerAfter(count: number, sampling: Sampling): ReturnType<typeof sampler> {
  const chooser = sampler(sampling)
  for (let index = 0; index < count; index++) chooser.chooseToken(Float32Array.of(0, 0), [])
  return chooser
}
