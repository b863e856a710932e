import { type CompletionOptions, logProbabilities, sampler } from '@nano/chat/engine'
import type { TokenLogprob } from '@nano/core'
import { promptLookup } from './prompt-lookup.ts'
import type { GrammarState, LlamaSequence, Token, TokenBias } from '../runtime.ts'
import { toRuntimeSampling } from './sampling.ts'

/** A token, and what it says of itself where that was asked for. */
interface Sampled {
  readonly token: Token
  readonly logprob?: Omit<TokenLogprob, 'text'>
}

/** What to go on after in place of what was sampled last. */
export interface Redirect {
  /** How many tokens of the last step stay. */
  readonly kept: number
  readonly instead: readonly Token[]
}

/** Gives what each step samples, one token or several. */
export type Decoding = AsyncGenerator<readonly Sampled[], void, Redirect | undefined>

interface DecodeOptions {
  readonly sequence: LlamaSequence
  /** Of the sequence, which orders a batch. */
  readonly index: number
  readonly prompt: readonly Token[]
  /** What of the prompt is not in the KV cache yet, one token or more. */
  readonly rest: readonly Token[]
  readonly options: CompletionOptions
  /** Tokens of this reply so far; grows with it. */
  readonly sampled: readonly Token[]
  /** How many more may come. */
  readonly left: () => number
  readonly vocabularySize: number
  /** The grammar in force. */
  readonly grammar: () => GrammarState | undefined
  /** What a grammar samples with. */
  readonly textOnly: TokenBias
  /** Guesses that the reply repeats its prompt. */
  readonly lookUp: boolean
}

/**
 * Samples in the runtime, or here where log-probabilities are asked for: the runtime gives them
 * only after its sampler. Guesses are for greedy replies without penalties or a grammar, whose next
 * token depends on nothing but the last ones.
 */
export function decode(asked: DecodeOptions): Decoding {
  const {
    options: {
      logprobs,
      sampling: { temperature, repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 },
      grammar,
    },
    lookUp,
  } = asked
  if (logprobs !== undefined) return sampledHere(asked, logprobs)
  const certain =
    temperature === 0 &&
    repetitionPenalty === 1 &&
    presencePenalty === 0 &&
    frequencyPenalty === 0 &&
    grammar === undefined
  return lookUp && certain ? lookedUp(asked) : sampledThere(asked)
}

async function* sampledThere({
  sequence,
  index,
  rest,
  options,
  sampled,
  grammar,
  textOnly,
}: DecodeOptions): Decoding {
  const iterator = sequence.evaluate([...rest], {
    ...toRuntimeSampling(options.sampling, () => sampled),
    grammarEvaluationState: grammar,
    ...(grammar() && { tokenBias: textOnly }),
    yieldEogToken: true,
    evaluationPriority: index,
  })
  try {
    for (let redirect: Redirect | undefined; ;) {
      const { value: token, done } = await iterator.next(redirect && [...redirect.instead])
      if (done) return
      redirect = yield [{ token }]
    }
  } finally {
    await iterator.return()
  }
}

const neutral = { temperature: 0, topK: 0, topP: 1, minP: 0 }
/** Logits are raw only behind a greedy sampler without penalties. */
const raw = { generateNext: { logits: true, options: neutral } }
const greedy = { generateNext: { token: true, options: neutral } }

async function* sampledHere(
  { sequence, index, rest, options, sampled, vocabularySize }: DecodeOptions,
  count: number,
): Decoding {
  const chooser = sampler(options.sampling)
  const logits = new Float32Array(vocabularySize)

  for (let input = [...rest]; ;) {
    const last = input.pop()
    if (last === undefined) return
    const outputs = await sequence.controlledEvaluate([...input, [last, raw]], {
      evaluationPriority: index,
    })
    logits.fill(-Infinity)
    for (const [token, logit] of outputs.at(-1)?.next.logits ?? []) logits[token] = logit

    const token = chooser.chooseToken(logits, sampled) as Token
    const { of, top } = logProbabilities(logits)
    const redirect = yield [
      {
        token,
        logprob: {
          token,
          logprob: of(token),
          top: top(count).map((entry) => ({ ...entry, text: '' })),
        },
      },
    ]
    input = [...(redirect?.instead ?? [token])]
  }
}

/** The runtime has a look-up of its own, which takes one guess of each step for right at most. */
async function* lookedUp({
  sequence,
  index,
  prompt,
  rest,
  sampled,
  left,
}: DecodeOptions): Decoding {
  const lookup = promptLookup()

  for (let input = [...rest]; ;) {
    const guess = lookup.after([...prompt, ...sampled], left() - 1)
    const start = sequence.nextTokenIndex + input.length
    const checked = [...input.splice(-1), ...guess]
    const outputs = await sequence.controlledEvaluate(
      [...input, ...checked.map((token): [Token, object] => [token, greedy])],
      { evaluationPriority: index },
    )
    const chosen = outputs.slice(-checked.length).flatMap((output) => output?.next.token ?? [])
    const wrong = guess.findIndex((token, index) => token !== chosen[index])
    const right = wrong < 0 ? guess.length : wrong
    lookup.learn(guess.length, right)

    // In the cache are all guesses; what follows the right ones is not what the model said.
    const keep = async (count: number) => {
      if (sequence.nextTokenIndex > start + count)
        await sequence.eraseContextTokenRanges([
          { start: start + count, end: sequence.nextTokenIndex },
        ])
    }
    const tokens = chosen.slice(0, right + 1)
    const redirect = yield tokens.map((token) => ({ token }))
    await keep(redirect ? redirect.kept : right)
    input = redirect ? [...redirect.instead] : tokens.slice(-1)
  }
}
