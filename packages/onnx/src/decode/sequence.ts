import { type Sampler, sampler } from '@nano/chat/engine'
import type { Sampling } from '@nano/core'
import { seededRandom } from '@nano/core/driver'
import { createCache, type KvCache, truncateCache } from '../cache/kv-cache.ts'
import type { CacheLayout } from '../cache/stack-rows.ts'
import type { GrammarState } from '../grammar/grammar-compiler.ts'
import { type RandomNumbers, randomNumbers } from './random-numbers.ts'

/** How the tokens of a reply are sampled. */
export interface ReplySettings {
  readonly sampling: Sampling
  /** How many alternatives to report beside each token. */
  readonly logprobs?: number
}

/** A reply and its KV cache; between two requests, what is left of the last reply. */
export interface Sequence {
  readonly index: number
  cache: KvCache
  sampler: Sampler
  randomNumbers: RandomNumbers
  sampling: Sampling
  logprobs: number | undefined
  grammar: GrammarState | undefined
  /** The tokens sampled in this reply. */
  replyTokens: number[]
}

/** A sequence without a reply. */
export function createSequence(index: number, layout: CacheLayout): Sequence {
  return {
    index,
    cache: createCache(layout),
    ...createSampler({}),
    logprobs: undefined,
    grammar: undefined,
    replyTokens: [],
  }
}

interface Reply extends ReplySettings {
  readonly prompt: readonly number[]
  readonly grammar?: GrammarState | undefined
}

/** Begins a reply: keeps what the cache has of the prompt, and returns how many tokens that is. */
export function beginReply(
  sequence: Sequence,
  { prompt, sampling, logprobs, grammar }: Reply,
  layout: CacheLayout,
): number {
  // Logits are not kept, so the last token of the prompt is always read again.
  const length = Math.min(commonPrefix(sequence.cache.tokens, prompt), prompt.length - 1)
  sequence.cache = truncateCache(sequence.cache, length, layout)
  Object.assign(sequence, createSampler(sampling))
  sequence.logprobs = logprobs
  sequence.grammar = grammar
  sequence.replyTokens = []
  return length
}

interface Replacement {
  readonly tokens: readonly number[]
  /** How many tokens a loop chose after the token that is replaced. */
  readonly discardedTokens: number
}

/** Replaces the last token that the caller used, and discards what a loop chose after it. */
export function replaceToken(
  sequence: Sequence,
  { tokens, discardedTokens }: Replacement,
  layout: CacheLayout,
): void {
  const { cache } = sequence
  sequence.cache = truncateCache(cache, cache.tokens.length - discardedTokens, layout)
  if (!sequence.sampler.isGreedy) sequence.randomNumbers.rewind(discardedTokens)
  sequence.replyTokens.splice(-1 - discardedTokens, 1 + discardedTokens, ...tokens)
}

function createSampler(
  sampling: Sampling,
): Pick<Sequence, 'sampling' | 'randomNumbers' | 'sampler'> {
  const numbers = randomNumbers(seededRandom(sampling.seed))
  return { sampling, randomNumbers: numbers, sampler: sampler(sampling, numbers.draw) }
}

function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return index
  return length
}
