import { type GenerateRequest, NanoError, type Tool } from '@nano/core'
import {
  findDemandedTools,
  findJsonKey,
  jsonSchemaCheckerSteps,
  runInTurns,
  type Steps,
} from '@nano/core/driver'
import type { ChatFormat } from '../format/chat-format.ts'
import { thoughtRule } from '../grammar/free-text.ts'
import { either, grammarBuilder } from '../grammar/grammar-builder.ts'
import { schemaRuleSteps } from '../grammar/schema-rule.ts'
import { continuesThought, toConversation } from '../prompt/conversation.ts'
import type { Engine } from './engine.ts'

/** The grammars, in GBNF, that a reply is held to. */
interface ReplyConstraint {
  /** The grammar of the whole reply: a thought, which is free text, and the answer. */
  readonly replyGrammar: string
  /** The grammar of what follows a thought that was closed for the model. */
  readonly answerGrammar: string
}

/** Finds what requests are held to, and keeps it for requests that ask for the same. */
export type ReplyConstrainer = (request: GenerateRequest) => Promise<ReplyConstraint | undefined>

/** How many constraints are kept; and the most characters of all of their grammars. */
const maxConstraints = 32
const maxCharacters = 8_000_000

/**
 * Finds the constraint that a request asks for with a schema or a demanded tool call; undefined
 * where it asks for neither. It works in turns, and blocks no other work of the thread. It throws
 * `unsupported` for a schema that no grammar can express; `label` is named in errors.
 */
export function replyConstrainer(format: ChatFormat, label: string): ReplyConstrainer {
  /** In the order of their last use, by what they depend on. */
  const constraints = new Map<string, Promise<ReplyConstraint>>()
  /** The characters of the grammars that are complete. */
  const sizes = new Map<string, number>()

  function cacheConstraint(key: string, constraint: Promise<ReplyConstraint>): void {
    constraints.delete(key)
    constraints.set(key, constraint)
    const total = () => [...sizes.values()].reduce((sum, size) => sum + size, 0)
    for (const oldest of constraints.keys()) {
      if (constraints.size <= maxConstraints && total() <= maxCharacters) break
      if (oldest === key) break
      dropConstraint(oldest)
    }
  }

  function dropConstraint(key: string): void {
    constraints.delete(key)
    sizes.delete(key)
  }

  function* makeConstraint(demand: Demand): Steps<ReplyConstraint> {
    try {
      return yield* buildConstraint(demand, format)
    } catch (error) {
      // The check names a fault by its place; of what only a grammar finds, it knows nothing.
      if (NanoError.is(error)) yield* checkSchemas(demand, label)
      throw error
    }
  }

  return async (request) => {
    const demand = readDemand(request, format)
    if (!demand) return undefined
    const key = await runInTurns(findJsonKey(demand))
    const pendingConstraint = constraints.get(key) ?? runInTurns(makeConstraint(demand))
    cacheConstraint(key, pendingConstraint)
    try {
      const constraint = await pendingConstraint
      sizes.set(key, constraint.replyGrammar.length + constraint.answerGrammar.length)
      return constraint
    } catch (error) {
      dropConstraint(key)
      throw error
    }
  }
}

/** What of a request its constraint depends on. */
interface Demand {
  readonly schema: GenerateRequest['schema']
  readonly tools: readonly Tool[]
  readonly demandedTools: readonly Tool[]
  readonly isReasoning: boolean
  /** The prompt has opened the thought. */
  readonly startsOpen: boolean
}

function readDemand(request: GenerateRequest, format: ChatFormat): Demand | undefined {
  const { schema } = request
  const conversation = toConversation(request)
  const { tools } = conversation
  const demandedTools = findDemandedTools(request)
  if (schema === undefined && demandedTools.length === 0) return undefined
  const startsOpen =
    continuesThought(conversation) ||
    (format.reasoning?.promptOpensThought?.(conversation) ?? false)
  const isReasoning = conversation.reasoning === 'on'
  return { schema, tools, demandedTools, isReasoning, startsOpen }
}

/** Throws what the check of answers finds wrong with the schemas. */
function* checkSchemas({ schema, tools }: Demand, label: string): Steps<void> {
  if (schema) yield* jsonSchemaCheckerSteps(schema, label)
  for (const { name, parameters } of tools)
    yield* jsonSchemaCheckerSteps(parameters, `${label}: the tool ${name}`)
}

function* buildConstraint(
  { schema, tools, demandedTools, isReasoning, startsOpen }: Demand,
  { reasoning, callRule }: ChatFormat,
): Steps<ReplyConstraint> {
  const grammar = grammarBuilder()
  const answer = yield* addAnswer()
  const thought = isReasoning && reasoning ? thoughtRule(grammar, { ...reasoning, startsOpen }) : ''

  function* addAnswer(): Steps<string> {
    if (demandedTools.length > 0) return callRule ? yield* callRule(grammar, demandedTools) : ''
    // A model that is offered tools may call one instead of answering.
    const calls = tools.length > 0 && callRule ? [yield* callRule(grammar, tools)] : []
    return either(yield* schemaRuleSteps(grammar, schema), ...calls)
  }

  const answerGrammar = yield* grammar.toGbnf(answer)
  if (!thought) return { replyGrammar: answerGrammar, answerGrammar }
  const replyGrammar = yield* grammar.toGbnf(`${startsOpen ? thought : `${thought}?`} ${answer}`)
  return { replyGrammar, answerGrammar }
}

/**
 * Whether an engine can hold replies in this format to a grammar, which describes text: control
 * tokens are text only for an engine that says so.
 */
export function canConstrain({ controlTokens, reasoning }: ChatFormat, engine: Engine): boolean {
  return !controlTokens || (engine.grammarShowsControlTokens === true && !reasoning?.splitReply)
}
