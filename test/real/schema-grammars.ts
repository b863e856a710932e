import { grammarBuilder } from '../../packages/chat/src/grammar/grammar-builder.ts'
import { schemaRule } from '../../packages/chat/src/grammar/schema-rule.ts'
import { language } from '../../packages/chat/test/support/gbnf.ts'
import { runSteps } from '../../packages/core/src/schema/steps.ts'
import { openObjects } from '../../packages/core/src/schema/open-objects.ts'
import type { SchemaCase } from '../../scripts/real-models/schemas.ts'

/** Which texts the grammar of a schema has, with open objects; undefined where it has none. */
export function acceptsTexts(
  schema: SchemaCase['schema'],
  texts: readonly string[],
): readonly boolean[] | undefined {
  try {
    const grammar = grammarBuilder()
    const isAllowed = language(runSteps(grammar.toGbnf(schemaRule(grammar, openObjects(schema)))))
    return texts.map((text) => isAllowed(text))
  } catch {
    return undefined
  }
}
