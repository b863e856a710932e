import { NanoError } from '../error.ts'
import { ask, hold, type Law, question, thrownBy } from './law.ts'

const schema = {
  type: 'object',
  properties: { answer: { type: 'string', maxLength: 20 } },
  required: ['answer'],
  additionalProperties: false,
}

export const structured: readonly Law[] = [
  {
    law: 'an answer with a schema parses and holds to it, or the reply fails with bad-output',
    needs: (can) => can.schema,
    async check(model) {
      const request = ask(question, { schema, maxTokens: 200 })
      const error = await thrownBy(model.generate(request))
      if (NanoError.is(error) && error.code === 'bad-output') return
      if (error) throw error
      const { text, finishReason } = await model.generate(request)
      if (finishReason === 'length') return
      const value: unknown = JSON.parse(text)
      hold(
        typeof value === 'object' && value !== null && Object.keys(value).join() === 'answer',
        `the keys are those of ${text}`,
      )
      hold(
        'answer' in value && typeof value.answer === 'string',
        `the answer is no string in ${text}`,
      )
    },
  },
]
