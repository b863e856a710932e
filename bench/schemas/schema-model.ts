import { type ChatFormat, formats } from '@nano/chat'
import { chat, type Engine } from '@nano/chat/engine'
import { type GenerateRequest, Model } from '@nano/core'

/** A JSON Schema as requests take it. */
export type JsonSchema = Exclude<NonNullable<GenerateRequest['schema']>, { '~standard': unknown }>

const toolName = 'find'

/**
 * A model whose engine says one thing at once, so that all that a request costs is the work on its
 * schemas: checking them, and translating them to a grammar.
 */
export function schemaModel(reply = ''): Model {
  return new Model(chat(scriptedEngine(reply), formatOfShortPrompts))
}

/** The prompt names the tool alone: what it costs to write a long one is not measured here. */
const formatOfShortPrompts = {
  ...formats['qwen-3'],
  render: () => [{ text: toolName }],
} satisfies ChatFormat

function scriptedEngine(text: string): Engine {
  return {
    name: 'scripted',
    info: { model: 'silent', contextLength: 4_096 },
    sampling: [],
    vocabularySize: 1,
    grammar: true,
    async *complete() {
      yield { text, tokens: [0], finishReason: text === '' ? 'length' : 'stop' }
    },
    tokenize: async () => [0],
    detokenize: async () => '',
    close: async () => {},
  }
}

/** A request that ends at once. */
const shortRequest = { messages: 'hi', reasoning: 'off', maxTokens: 1 } as const

/** Sends a request with a schema. Throws for one that nano refuses. */
export async function prepareSchema(model: Model, schema: JsonSchema): Promise<void> {
  await model.generate({ ...shortRequest, schema })
}

/** A call of the tool that `prepareTool` offers. */
export const toolCall =
  `<tool_call>{"name": "${toolName}", ` + '"arguments": {"argument": 0}}</tool_call>'

/** Sends a request with a tool that has an argument of a schema. */
export async function prepareTool(model: Model, schema: JsonSchema): Promise<void> {
  const parameters = { type: 'object', properties: { argument: schema }, required: ['argument'] }
  await model.generate({ ...shortRequest, tools: [{ name: toolName, parameters }] })
}
