import { grammarBuilder } from '../../../chat/src/grammar/grammar-builder.ts'
import { schemaRule } from '../../../chat/src/grammar/schema-rule.ts'
import { openObjects } from '../../../core/src/schema/open-objects.ts'
import { runSteps } from '../../../core/src/schema/steps.ts'

export type Schema = Readonly<Record<string, unknown>>

/** The grammar of a schema with open objects. */
export function toGrammar(schema: Schema): string {
  const grammar = grammarBuilder()
  return runSteps(grammar.toGbnf(schemaRule(grammar, openObjects(schema))))
}
