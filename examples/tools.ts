// Offers a tool, runs the call that the model makes, and lets the model answer with the result.
import type { Message } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'

const model = await openLlamaCpp({ model: 'tiny' })
const numbers = {
  type: 'object',
  properties: { left: { type: 'number' }, right: { type: 'number' } },
  required: ['left', 'right'],
}
const tools = [{ name: 'add_exactly', description: 'Adds two numbers.', parameters: numbers }]
const settings = { tools, sampling: { temperature: 0 } } as const

// The embedded model cannot add numbers as large as these.
let messages: readonly Message[] = [
  { role: 'user', content: 'Use the tool: What is 71250 + 90488?' },
]
let result = await model.generate({ messages, ...settings })

while (result.finishReason === 'tool-calls') {
  const outputs = result.toolCalls.map(({ id, name, input }): Message => {
    const { left, right } = input as { left: number; right: number }
    console.log(`${name}(${left}, ${right})`)
    return { role: 'tool', toolCallId: id, output: left + right }
  })
  messages = [...messages, result.message, ...outputs]
  result = await model.generate({ messages, ...settings })
}
console.log(result.text)

await model.close()
