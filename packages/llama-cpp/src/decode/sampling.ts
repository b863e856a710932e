import { NanoError, type Sampling } from '@nano/core'
import { randomInteger } from '@nano/core/driver'
import type {
  GgufVocabulary,
  GrammarState,
  Llama,
  LlamaModel,
  Runtime,
  Token,
  TokenBias,
} from '../runtime.ts'

/** The settings llama.cpp honours, in the contract's meaning. */
export const settings: readonly (keyof Sampling)[] = [
  'temperature',
  'topP',
  'topK',
  'minP',
  'repetitionPenalty',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
]

/**
 * The contract's settings as the runtime takes them. All are passed on, because the runtime has
 * defaults of its own (greedy, top-k 40, top-p 0.95), and its seed is the time in seconds, the same
 * for two calls in one second.
 */
export function toRuntimeSampling(sampling: Sampling, sampled: () => readonly Token[]): object {
  const { temperature = 1, topP = 1, topK = 0, minP = 0, seed = randomInteger() } = sampling
  const { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = sampling
  const penalised = repetitionPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0

  return {
    temperature,
    topP,
    topK,
    minP,
    seed,
    ...(penalised && {
      repeatPenalty: {
        punishTokens: () => [...sampled()],
        penalty: repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
      },
    }),
  }
}

interface GrammarOptions {
  readonly runtime: Pick<Runtime, 'LlamaGrammar' | 'LlamaGrammarEvaluationState'>
  readonly llama: Llama
  readonly model: LlamaModel
}

/** Where a reply begins in a grammar. Throws `unsupported` for one that llama.cpp does not take. */
export function grammarStates({
  runtime,
  llama,
  model,
}: GrammarOptions): (grammar: string) => GrammarState {
  function read(grammar: string) {
    try {
      return new runtime.LlamaGrammar(llama, { grammar })
    } catch (cause) {
      throw new NanoError(
        'unsupported',
        'llama-cpp: llama.cpp does not take the grammar of this schema, or of these tools. Leave parts of it out, until one is found that it does not take, and check that in the app.',
        { cause },
      )
    }
  }

  return (grammar) => new runtime.LlamaGrammarEvaluationState({ model, grammar: read(grammar) })
}

/**
 * No control tokens: a grammar takes them for the text they are written as, which is then not in
 * the reply. The end of a turn stays.
 */
export function textOnly(
  runtime: Pick<Runtime, 'TokenBias'>,
  model: LlamaModel,
  { token_type: types = [] }: GgufVocabulary,
): TokenBias {
  const bias = runtime.TokenBias.for(model)
  for (const [token, type] of types.entries()) if (type === 3) bias.set(token as Token, 'never')
  return bias
}
