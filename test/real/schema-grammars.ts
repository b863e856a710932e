import { grammarBuilder } from '../../packages/chat/src/grammar/grammar-builder.ts'
import { schemaRule } from '../../packages/chat/src/grammar/schema-rule.ts'
import { openObjects } from '../../packages/core/src/schema/open-objects.ts'
import { language } from '../../packages/chat/test/support/gbnf.ts'

/** Which texts the grammar of a schema has, with open objects; undefined where it has no grammar. */
export function acceptsTexts(
  schema: unknown,
  texts: readonly string[],
): readonly boolean[] | undefined {
  try {
    const grammar = grammarBuilder()
    const holds = language(
      grammar.toGbnf(schemaRule(grammar, openObjects(schema as Readonly<Record<string, unknown>>))),
    )
    return texts.map((text) => holds(text))
  } catch {
    return undefined
  }
}
