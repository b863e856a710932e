import { NanoError } from '@nano/core'
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
 * Makes the state of a grammar at the start of a reply. Throws `unsupported` for a grammar that
 * llama.cpp does not accept.
 */
export function grammarStates({
  runtime,
  llama,
  model,
}: GrammarOptions): (grammar: string) => GrammarState {
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

  return (grammar) =>
    new runtime.LlamaGrammarEvaluationState({ model, grammar: parseGrammar(grammar) })
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
