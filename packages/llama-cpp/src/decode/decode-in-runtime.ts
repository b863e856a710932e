import { randomInt } from 'node:crypto'
import type { Sampling } from '@nano/core'
import { completeSampling } from '@nano/core/driver'
import type { Token } from '../runtime.ts'
import type { Decoding, DecodeOptions, Redirect } from './decoding.ts'

/** Samples in the runtime, one token at each step. */
export async function* decodeInRuntime({
  lease: { sequence, index },
  unreadTokens,
  completion,
  replyTokens,
  getGrammarState,
  noControlTokens,
}: DecodeOptions): Decoding {
  const iterator = sequence.evaluate([...unreadTokens], {
    ...toRuntimeSampling(completion.sampling, () => replyTokens),
    grammarEvaluationState: getGrammarState,
    ...(getGrammarState() && { tokenBias: noControlTokens }),
    yieldEogToken: true,
    evaluationPriority: index,
  })
  try {
    for (let redirect: Redirect | undefined; ;) {
      const { value: token, done } = await iterator.next(redirect && [...redirect.replacement])
      if (done) return
      redirect = yield [{ token }]
    }
  } finally {
    await iterator.return()
  }
}

const neutral = completeSampling({})

/** Whether a token depends on nothing but the tokens before it: greedy, without penalties. */
export function isPredictable(sampling: Sampling): boolean {
  return sampling.temperature === 0 && !hasPenalty(sampling)
}

/**
 * The contract's settings in the runtime's words. All are passed on, because the runtime has
 * defaults of its own (greedy, top-k 40, top-p 0.95), and its own seed is the time in seconds, the
 * same for two calls in one second.
 */
function toRuntimeSampling(sampling: Sampling, sampled: () => readonly Token[]): object {
  const {
    temperature = neutral.temperature,
    topP = neutral.topP,
    topK = neutral.topK,
    minP = neutral.minP,
    seed = randomInt(2 ** 32),
    repetitionPenalty = neutral.repetitionPenalty,
    presencePenalty = neutral.presencePenalty,
    frequencyPenalty = neutral.frequencyPenalty,
    ...otherSettings
  } = sampling
  // A setting that the contract gets does not compile here until the runtime is given it.
  otherSettings satisfies Readonly<Record<string, never>>
  return {
    temperature,
    topP,
    topK: topK === Infinity ? 0 : topK,
    minP,
    seed,
    ...(hasPenalty(sampling) && {
      repeatPenalty: {
        punishTokens: () => [...sampled()],
        penalty: repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
      },
    }),
  }
}

function hasPenalty(sampling: Sampling): boolean {
  return (['repetitionPenalty', 'presencePenalty', 'frequencyPenalty'] as const).some(
    (name) => (sampling[name] ?? neutral[name]) !== neutral[name],
  )
}

/** The likeliest token, without penalties; only behind this sampler are the logits raw. */
export const greedyRuntimeSampling = toRuntimeSampling({ temperature: 0, seed: 0 }, () => [])
