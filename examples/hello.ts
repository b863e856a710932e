// Asks one question and prints the answer.
import { openLlamaCpp } from '@nano/llama-cpp'

const model = await openLlamaCpp({ model: 'tiny' })

const { text } = await model.generate({
  messages: 'What is 4812 + 977?',
  sampling: { temperature: 0 },
})
console.log(text)

await model.close()
