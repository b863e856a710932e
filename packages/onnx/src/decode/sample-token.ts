import { logProbabilities, type Sampler, sampler, uniform } from '@nano/chat/engine'
import { NanoError, type Sampling, type TokenLogprob } from '@nano/core'
import type { Member } from './batch.ts'
import type { GrammarState } from '../grammar/grammar.ts'
import { type Chances, chances } from './run-length.ts'

/** A token, and what it says of itself where that was asked for. */
export interface Sampled {
  readonly token: number
  /** What a loop chose after it. */
  readonly ahead?: readonly number[]
  readonly logprob?: Omit<TokenLogprob, 'text'>
}

/** How a reply is sampled. */
export interface Choosing {
  readonly sampling: Sampling
  readonly logprobs?: number
}

/** A reply under way, or what is left of the last one. */
export interface Sequence extends Member {
  chooser: Sampler
  chances: Chances
  sampling: Sampling
  logprobs: number | undefined
  grammar: GrammarState | undefined
  /** Tokens of this reply. */
  sampled: number[]
}

/** Samples the next token of a reply from the logits of the last. */
export async function choose(sequence: Sequence, logits: Float32Array): Promise<Sampled> {
  const scores = (await sequence.grammar?.allowed(logits)) ?? logits
  const token = sequence.chooser.chooseToken(scores, sequence.sampled)
  if (!Number.isFinite(logits[token]))
    throw new NanoError(
      'bad-output',
      'onnx: the logits are not numbers. Weights or precision of this file do not work on this device: try another quantization.',
    )
  if (scores[token] === -Infinity)
    throw new NanoError(
      'bad-output',
      'onnx: no token of the vocabulary goes on with what the reply is held to',
    )
  sequence.grammar?.accept(token)
  sequence.sampled.push(token)
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

/** What a reply's tokens are chosen with. */
export function chosenBy(sampling: Sampling): Pick<Sequence, 'sampling' | 'chances' | 'chooser'> {
  const drawing = chances(uniform(sampling.seed))
  return { sampling, chances: drawing, chooser: sampler(sampling, drawing.draw) }
}

/** Nothing is left to chance. */
export function isGreedy({ temperature, topK }: Sampling): boolean {
  return temperature === 0 || topK === 1
}

/** Holds a reply to a grammar from here on, or to none. */
export function hold(sequence: Sequence, grammar: GrammarState | undefined): void {
  sequence.grammar?.dispose()
  sequence.grammar = grammar
}
