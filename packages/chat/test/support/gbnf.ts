import { getLlama, LlamaGrammar, LlamaLogLevel } from 'node-llama-cpp'
import { grammarBuilder, type GrammarBuilder } from '../../src/grammar/grammar-builder.ts'
import { runSteps, type Steps } from '@nano/core/driver'

const llama = await getLlama({
  gpu: false,
  build: 'never',
  progressLogs: false,
  logLevel: LlamaLogLevel.error,
})

/** Whether a text, as a whole, is in a grammar: llama.cpp's own reader of GBNF tells. */
export function language(grammar: string): (text: string) => boolean {
  // Not in its types; what samples with the grammar is the same.
  const parsedGrammar = new LlamaGrammar(llama, { grammar }) as unknown as {
    _testText(text: string): boolean
  }
  return (text) => parsedGrammar._testText(text)
}

/** The language of a rule, which may be made in steps. */
export function languageOf(
  makeRule: (grammar: GrammarBuilder) => string | Steps<string>,
): (text: string) => boolean {
  const grammar = grammarBuilder()
  const rule = makeRule(grammar)
  return language(runSteps(grammar.toGbnf(typeof rule === 'string' ? rule : runSteps(rule))))
}
