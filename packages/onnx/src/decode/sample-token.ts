import { logProbabilities } from '@nano/chat/engine'
import { NanoError, type TokenLogprob } from '@nano/core'
import type { Sequence } from './sequence.ts'

/** A sampled token. */
export interface SampledToken {
  readonly token: number
  /** Where the request asks for log-probabilities. */
  readonly logprob?: Omit<TokenLogprob, 'text'>
}

/** Samples the next token of a reply from the logits of its last one. */
export async function sampleToken(sequence: Sequence, logits: Float32Array): Promise<SampledToken> {
  const maskedLogits = sequence.grammar?.maskLogits(logits) ?? logits
  const token = sequence.sampler.chooseToken(maskedLogits, sequence.replyTokens)
  if (!Number.isFinite(logits[token]))
    throw new NanoError(
      'bad-output',
      'onnx: the logits are not numbers. The weights or the precision of this file do not work ' +
        'on this device: try another quantization.',
    )
  if (maskedLogits[token] === -Infinity)
    throw new NanoError(
      'bad-output',
      'onnx: no token of the vocabulary continues the reply as its grammar demands',
    )
  sequence.grammar?.acceptToken(token)
  sequence.replyTokens.push(token)
  if (sequence.logprobs === undefined) return { token }
  const { of, top } = logProbabilities(logits)
  return {
    token,
    logprob: {
      token,
      logprob: of(token),
      top: top(sequence.logprobs).map((entry) => ({ ...entry, text: '' })),
    },
  }
}
