// Eight people ask one loaded model at once. The model decodes their replies in one batch and
// streams them side by side.
import { openLlamaCpp } from '@nano/llama-cpp'

const people = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gia', 'Hal']
const questions = people.map((_, index) => `What is ${1234 + 1111 * index} + ${777 * (index + 1)}?`)

const model = await openLlamaCpp({ model: 'tiny', parallel: people.length })
/** The thought and the answer to each question so far. */
const thoughts = people.map(() => '')
const answers = people.map(() => '')
const isTerminal = process.stdout.isTTY

function show(): void {
  process.stdout.write(`\u001B[${people.length}A`)
  for (const [index, name] of people.entries()) {
    const text = answers[index] || thoughts[index]?.replaceAll('\n', ' ')
    process.stdout.write(`\u001B[2K${name.padEnd(5)} ${questions[index]}  ${text}\n`)
  }
}

if (isTerminal) process.stdout.write('\n'.repeat(people.length))
const startedAt = performance.now()
const counts = await Promise.all(
  questions.map(async (messages, index) => {
    let output = 0
    for await (const part of model.stream({
      messages,
      sampling: { temperature: 0 },
    })) {
      if (part.type === 'reasoning') thoughts[index] += part.text
      if (part.type === 'text') answers[index] += part.text
      if (part.type === 'finish') output = part.usage.output ?? 0
      if (isTerminal) show()
    }
    return output
  }),
)
const seconds = (performance.now() - startedAt) / 1_000

if (!isTerminal)
  for (const [index, name] of people.entries())
    console.log(`${name.padEnd(5)} ${questions[index]}  ${answers[index]}`)
const tokens = counts.reduce((sum, count) => sum + count, 0)
console.error(`${tokens} tokens for ${people.length} people in ${seconds.toFixed(1)} s`)
await model.close()
