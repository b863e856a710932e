import { NanoError } from '../error.ts'
import { collectParts, requestFor, assertHolds, type Law, needs, question, errorOf } from './law.ts'

const schema = {
  type: 'object',
  properties: { answer: { type: 'string', maxLength: 20 } },
  required: ['answer'],
  additionalProperties: false,
}

export const structured: readonly Law[] = [
  {
    law: 'an answer with a schema is JSON that satisfies it, or the reply fails with bad-output',
    skipReason: needs('schema is', ({ schema }) => schema),
    async check(model) {
      const request = requestFor(model, question, { schema, maxTokens: 200 })
      const error = await errorOf(collectParts(model, request))
      if (NanoError.is(error) && error.code === 'bad-output')
        return 'the model never held to the schema, and said so'
      if (error) throw error
      const parts = await collectParts(model, request)
      const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
      const last = parts.at(-1)
      if (last?.type === 'finish' && last.finishReason === 'length') return 'the answer was cut'
      const value: unknown = JSON.parse(text)
      assertHolds(
        typeof value === 'object' && value !== null && Object.keys(value).join() === 'answer',
        `the keys are those of ${text}`,
      )
      assertHolds(
        'answer' in value && typeof value.answer === 'string',
        `the answer is not a string in ${text}`,
      )
    },
  },
]
