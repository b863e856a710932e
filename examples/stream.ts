// Prints the thought and the answer as they arrive, then the tokens that they took.
import { openLlamaCpp } from '@nano/llama-cpp'

const model = await openLlamaCpp({ model: 'tiny' })
let shownType = ''

for await (const part of model.stream({
  messages: 'What is 934 * 6?',
  sampling: { temperature: 0 },
})) {
  if (part.type === 'finish') {
    const { reasoning, output } = part.usage
    console.log(`\n\n${part.finishReason}: ${reasoning} of ${output} tokens were reasoning`)
  } else if (part.type !== 'tool-call') {
    if (shownType !== part.type) process.stdout.write(`${shownType && '\n'}${part.type}:\n`)
    shownType = part.type
    process.stdout.write(part.text)
  }
}

await model.close()
