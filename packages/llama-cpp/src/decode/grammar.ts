import { NanoError } from '@nano/core'
import { runInTurns, type Steps } from '@nano/core/driver'
import {
  type GgufVocabulary,
  type Grammar,
  type GrammarState,
  type Llama,
  type LlamaModel,
  type Runtime,
  type Token,
  type TokenBias,
  tokenTypes,
} from '../runtime.ts'

interface GrammarOptions {
  readonly runtime: Pick<Runtime, 'LlamaGrammar' | 'LlamaGrammarEvaluationState'>
  readonly llama: Llama
  readonly model: LlamaModel
}

/** Makes the state of a grammar at the start of a reply. */
export function grammarStates(options: GrammarOptions): (grammar: string) => Promise<GrammarState> {
  return (grammar) => runInTurns(grammarSteps(options, grammar))
}

/**
 * The same in two steps, because the runtime reads a grammar twice. Throws `unsupported` for a
 * grammar that llama.cpp does not accept.
 */
export function* grammarSteps(
  { runtime, llama, model }: GrammarOptions,
  grammar: string,
): Steps<GrammarState> {
  const parsedGrammar = parseGrammar({ runtime, llama }, grammar)
  yield
  return new runtime.LlamaGrammarEvaluationState({ model, grammar: parsedGrammar })
}

function parseGrammar(
  { runtime, llama }: Pick<GrammarOptions, 'runtime' | 'llama'>,
  grammar: string,
): Grammar {
  try {
    return new runtime.LlamaGrammar(llama, { grammar })
  } catch (cause) {
    throw new NanoError(
      'unsupported',
      'llama-cpp: llama.cpp does not accept the grammar of this schema or of these tools. ' +
        'Remove parts of the schema until it does, and check those parts in the app.',
      { cause },
    )
  }
}

/**
 * Excludes control tokens but for the end of a turn and those that are shown. A grammar matches a
 * control token by its spelling, which would then be missing in the text of the reply.
 */
export function excludeControlTokens(
  { runtime, model }: { readonly runtime: Pick<Runtime, 'TokenBias'>; readonly model: LlamaModel },
  { token_type: types = [], tokens = [] }: GgufVocabulary,
  shownTokens: readonly string[],
): TokenBias {
  const bias = runtime.TokenBias.for(model)
  for (const [token, type] of types.entries())
    if (type === tokenTypes.control && !shownTokens.includes(tokens[token] ?? ''))
      bias.set(token as Token, 'never')
  return bias
}
