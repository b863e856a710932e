import { ask, hold, type Law, question } from './law.ts'

const schema = {
  type: 'object',
  properties: { answer: { type: 'string', maxLength: 20 } },
  required: ['answer'],
  additionalProperties: false,
}

export const structured: readonly Law[] = [
  {
    law: 'an answer with a schema parses, and holds to it',
    needs: (can) => can.schema,
    async check(model) {
      const { text, finish } = await model.generate(ask(question, { schema, maxTokens: 200 }))
      if (finish === 'length') return
      const value: unknown = JSON.parse(text)
      hold(typeof value === 'object' && value !== null && Object.keys(value).join() === 'answer', `the keys are those of ${text}`)
      hold('answer' in value && typeof value.answer === 'string', `the answer is no string in ${text}`)
    },
  },
]
