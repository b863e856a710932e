import type { GenerateRequest } from '@nano/core'
import { type ChatFormat, toConversation, continuesThought } from '../format/chat-format.ts'
import { schemaRule } from '../grammar/schema-rule.ts'
import { either, type GrammarBuilder, grammarBuilder } from '../grammar/grammar-builder.ts'
import { thoughtRule } from '../grammar/free-text.ts'

/** What a reply has to keep to, as grammars in GBNF. */
export interface Constraint {
  /** The whole reply: the thought, which is free, and the answer. */
  readonly reply: string
  /** What follows a thought that was closed from outside. */
  readonly answer: string
}

/**
 * The constraint a request asks for: a schema, a call that is demanded, or nothing. Throws
 * `unsupported` for a schema it cannot hold to.
 */
export function constraintOf(request: GenerateRequest, format: ChatFormat): Constraint | undefined {
  const { schema, toolChoice } = request
  const asked = toConversation(request, format)
  const demanded =
    toolChoice === 'required'
      ? asked.tools
      : asked.tools.filter(({ name }) => typeof toolChoice === 'object' && toolChoice.name === name)
  if (schema === undefined && demanded.length === 0) return undefined

  function answer(grammar: GrammarBuilder): string {
    if (demanded.length > 0) return format.callRule?.(grammar, demanded) ?? ''
    // A model that is offered tools may call one instead of answering.
    const calls =
      asked.tools.length > 0 && format.callRule ? [format.callRule(grammar, asked.tools)] : []
    return either(schemaRule(grammar, schema), ...calls)
  }

  function text(thinks: boolean): string {
    const grammar = grammarBuilder()
    const { reasoning } = format
    const begun = continuesThought(asked) || (reasoning?.promptOpensThought?.(asked) ?? false)
    const thought = thinks && reasoning ? thoughtRule(grammar, { ...reasoning, begun }) : ''
    return grammar.toGbnf(`${begun ? thought : thought && `${thought}?`} ${answer(grammar)}`)
  }

  return { reply: text(asked.reasoning === 'on'), answer: text(false) }
}

/**
 * Whether replies in this format can be constrained: the grammars are over text, and cannot name
 * control tokens.
 */
export function constrainable({ reasoning }: ChatFormat): boolean {
  return !reasoning?.controlTokens?.length
}
