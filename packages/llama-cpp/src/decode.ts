import { type CompletionOptions, logProbabilities, sampler } from '@nano/chat'
import type { TokenLogprob } from '@nano/core'
import type { GrammarState, LlamaSequence, Token } from './runtime.ts'
import { toRuntimeSampling } from './sampling.ts'

/** A token, and what it says of itself where that was asked for. */
interface Sampled {
  readonly token: Token
  readonly logprob?: Omit<TokenLogprob, 'text'>
}

/** Gives token after token; what is given to `next` is gone on after in place of the last one. */
export type Decoding = AsyncGenerator<Sampled, void, readonly Token[] | undefined>

interface DecodeOptions {
  readonly sequence: LlamaSequence
  /** What is not in the KV cache yet, one token or more. */
  readonly rest: readonly Token[]
  readonly options: CompletionOptions
  /** Tokens of this reply so far; grows with it. */
  readonly sampled: readonly Token[]
  readonly vocabularySize: number
  /** The grammar in force. */
  readonly grammar: () => GrammarState | undefined
}

/** Samples in the runtime, or here where log-probabilities are asked for: the runtime gives them only after its sampler. */
export function decode(asked: DecodeOptions): Decoding {
  return asked.options.logprobs === undefined ? sampledThere(asked) : sampledHere(asked, asked.options.logprobs)
}

async function* sampledThere({ sequence, rest, options, sampled, grammar }: DecodeOptions): Decoding {
  const iterator = sequence.evaluate([...rest], {
    ...toRuntimeSampling(options.sampling, () => sampled),
    grammarEvaluationState: grammar,
    yieldEogToken: true,
  })
  try {
    for (let instead: readonly Token[] | undefined; ; ) {
      const { value: token, done } = await iterator.next(instead && [...instead])
      if (done) return
      instead = yield { token }
    }
  } finally {
    await iterator.return()
  }
}

/** Logits are raw only behind a greedy sampler without penalties. */
const raw = { generateNext: { logits: true, options: { temperature: 0, topK: 0, topP: 1, minP: 0 } } }

async function* sampledHere({ sequence, rest, options, sampled, vocabularySize }: DecodeOptions, count: number): Decoding {
  const chooser = sampler(options.sampling)
  const logits = new Float32Array(vocabularySize)

  for (let input = [...rest]; ; ) {
    const last = input.pop()
    if (last === undefined) return
    const outputs = await sequence.controlledEvaluate([...input, [last, raw]])
    logits.fill(-Infinity)
    for (const [token, logit] of outputs.at(-1)?.next.logits ?? []) logits[token] = logit

    const token = chooser.next(logits, sampled) as Token
    const { of, top } = logProbabilities(logits)
    const best = top(count)
    input = [...((yield { token, logprob: { token, logprob: of(token), top: best.map((entry) => ({ ...entry, text: '' })) } }) ?? [token])]
  }
}
