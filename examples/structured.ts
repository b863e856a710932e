// An answer as a typed object: a schema of zod says what the model is to write, and parses it.
import { openLlamaCpp } from '@nano/llama-cpp'
import * as z from 'zod'

const Sum = z.object({ result: z.number() })

const model = await openLlamaCpp({ model: 'tiny' })
const { object, text } = await model.generate({
  messages: 'What is 27 + 43?',
  schema: Sum,
  sampling: { temperature: 0 },
})
console.log(text, '→', object?.result)
await model.close()
