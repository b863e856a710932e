import type { GenerateRequest } from '@nano/core'
import { findDemandedTools } from '@nano/core/driver'
import type { ChatFormat } from '../format/chat-format.ts'
import { thoughtRule } from '../grammar/free-text.ts'
import { either, grammarBuilder } from '../grammar/grammar-builder.ts'
import { schemaRule } from '../grammar/schema-rule.ts'
import { continuesThought, toConversation } from '../prompt/conversation.ts'
import type { Engine } from './engine.ts'

/** The grammars, in GBNF, that a reply is held to. */
export interface ReplyConstraint {
  /** The grammar of the whole reply: a thought, which is free text, and the answer. */
  readonly replyGrammar: string
  /** The grammar of what follows a thought that was closed for the model. */
  readonly answerGrammar: string
}

/**
 * The constraint that a request asks for with a schema or a demanded tool call; undefined where it
 * asks for neither. Throws `unsupported` for a schema that no grammar can express.
 */
export function constrainReply(
  request: GenerateRequest,
  format: ChatFormat,
): ReplyConstraint | undefined {
  const { schema } = request
  const conversation = toConversation(request)
  const demandedTools = findDemandedTools(request)
  if (schema === undefined && demandedTools.length === 0) return undefined

  const grammar = grammarBuilder()
  const answer = addAnswer()
  const { reasoning } = format
  const startsOpen =
    continuesThought(conversation) || (reasoning?.promptOpensThought?.(conversation) ?? false)
  const thought =
    conversation.reasoning === 'on' && reasoning
      ? thoughtRule(grammar, { ...reasoning, startsOpen })
      : ''
  const optionalThought = thought && `${thought}?`

  function addAnswer(): string {
    if (demandedTools.length > 0) return format.callRule?.(grammar, demandedTools) ?? ''
    // A model that is offered tools may call one instead of answering.
    const { tools } = conversation
    const calls = tools.length > 0 && format.callRule ? [format.callRule(grammar, tools)] : []
    return either(schemaRule(grammar, schema), ...calls)
  }

  return {
    replyGrammar: grammar.toGbnf(`${startsOpen ? thought : optionalThought} ${answer}`),
    answerGrammar: grammar.toGbnf(` ${answer}`),
  }
}

/**
 * Whether an engine can hold replies in this format to a grammar, which describes text: control
 * tokens are text only for an engine that says so.
 */
export function canConstrain({ controlTokens, reasoning }: ChatFormat, engine: Engine): boolean {
  return !controlTokens || (engine.grammarShowsControlTokens === true && !reasoning?.splitReply)
}
