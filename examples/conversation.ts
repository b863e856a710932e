// Holds a conversation: the message of each result is appended to the history. The KV cache holds
// the earlier turns, so that only the new part of a prompt is read.
import type { Message } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'

const model = await openLlamaCpp({ model: 'tiny' })
let messages: readonly Message[] = []

for (const question of ['What is 12 + 30?', 'What is 700 - 58?', 'Which is smaller, 42 or 642?']) {
  const conversation: readonly Message[] = [...messages, { role: 'user', content: question }]
  const { text, message, usage } = await model.generate({
    messages: conversation,
    sampling: { temperature: 0 },
  })
  messages = [...conversation, message]
  console.log(
    `${question}  ${text}   (${usage.cachedInput} of ${usage.input} prompt tokens from the cache)`,
  )
}

await model.close()
