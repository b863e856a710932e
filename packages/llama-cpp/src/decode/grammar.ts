import { NanoError } from '@nano/core'
import { runInTurns, type Steps } from '@nano/core/driver'
import {
  type GgufVocabulary,
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

/**
 * Makes the state of a grammar at the start of a reply. The runtime reads the grammar twice, which
 * takes two turns where it is large. Rejects with `unsupported` for a grammar that llama.cpp does
 * not accept.
 */
export function grammarStates({
  runtime,
  llama,
  model,
}: GrammarOptions): (grammar: string) => Promise<GrammarState> {
  function parseGrammar(grammar: string) {
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

  function* createState(grammar: string): Steps<GrammarState> {
    const parsedGrammar = parseGrammar(grammar)
    yield
    return new runtime.LlamaGrammarEvaluationState({ model, grammar: parsedGrammar })
  }

  return (grammar) => runInTurns(createState(grammar))
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
