import { logProbabilities, sampler } from '@nano/chat/engine'
import type { Token } from '../runtime.ts'
import { greedyRuntimeSampling } from './decode-in-runtime.ts'
import type { Decoding, DecodeOptions } from './decoding.ts'

const rawLogits = { generateNext: { logits: true, options: greedyRuntimeSampling } }

/**
 * Samples in this process, with the log-probabilities of `count` alternatives: the runtime gives
 * only those that its sampler has changed.
 */
export async function* decodeWithLogprobs(
  {
    lease: { sequence, index },
    unreadTokens,
    completion: { sampling },
    replyTokens,
    vocabularySize,
  }: DecodeOptions,
  count: number,
): Decoding {
  const { chooseToken } = sampler(sampling)
  const logits = new Float32Array(vocabularySize)

  for (let input = [...unreadTokens]; ;) {
    const last = input.pop()
    if (last === undefined) return
    const outputs = await sequence.controlledEvaluate([...input, [last, rawLogits]], {
      evaluationPriority: index,
    })
    logits.fill(-Infinity)
    for (const [token, logit] of outputs.at(-1)?.next.logits ?? []) logits[token] = logit

    const token = chooseToken(logits, replyTokens) as Token
    const { of: logprobOf, top } = logProbabilities(logits)
    const logprob = {
      token,
      logprob: logprobOf(token),
      top: top(count).map((alternative) => ({ ...alternative, text: '' })),
    }
    const redirect = yield [{ token, logprob }]
    input = [...(redirect?.replacement ?? [token])]
  }
}
