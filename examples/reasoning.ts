// Asks the same questions with reasoning on and off.
import { openLlamaCpp } from '@nano/llama-cpp'

const model = await openLlamaCpp({ model: 'tiny' })
const questions = {
  'What is 348 * 27?': '9396',
  'What is 95512 - 8765?': '86747',
  'Sort descending: 48, 507, 890, 12.': '890, 507, 48, 12',
}

for (const [question, expected] of Object.entries(questions)) {
  console.log(`\n${question} (${expected})`)
  for (const reasoning of ['on', 'off'] as const) {
    const { text, usage } = await model.generate({
      messages: question,
      reasoning,
      sampling: { temperature: 0 },
    })
    const verdict = text === expected ? 'right' : 'wrong'
    console.log(
      `  reasoning ${reasoning.padEnd(3)}  ${text.padEnd(20)} ${verdict}, ${usage.output} tokens`,
    )
  }
}

await model.close()
