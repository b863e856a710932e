import { formats } from '@nano/chat'
import { chat, type Engine } from '@nano/chat/engine'
import { type GenerateRequest, Model } from '@nano/core'

/** A JSON Schema as requests take it. */
export type JsonSchema = Exclude<NonNullable<GenerateRequest['schema']>, { '~standard': unknown }>

/**
 * A model whose engine says nothing, so that all that a request costs is the work on its schema:
 * checking it, and translating it to a grammar.
 */
export function schemaModel(): Model {
  return new Model(chat(silentEngine(), formats['llama-3']))
}

function silentEngine(): Engine {
  return {
    name: 'silent',
    info: { model: 'silent', contextLength: 4_096 },
    sampling: [],
    vocabularySize: 1,
    grammar: true,
    async *complete() {
      yield { text: '', tokens: [0], finishReason: 'length' }
    },
    tokenize: async () => [0],
    detokenize: async () => '',
    close: async () => {},
  }
}

/** Sends a request that ends at once. Throws for a schema that nano refuses. */
export async function prepareSchema(model: Model, schema: JsonSchema): Promise<void> {
  await model.generate({ messages: 'hi', reasoning: 'off', schema, maxTokens: 1 })
}
