// One program on two runtimes, with the same weights: every reply is the same.
import { isDeepStrictEqual } from 'node:util'
import type { GenerateInput, GenerateResult, Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { openOnnx } from '@nano/onnx'
import { gguf } from '@nano/tiny'

const tools = [{ name: 'add_exactly', description: 'Adds two numbers exactly.', parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] } }]
const sampling = { temperature: 0 } as const
const requests: readonly GenerateInput[] = [
  { messages: 'What is 348 * 27?', reasoning: 'on', sampling },
  { messages: 'What is 348 * 27?', reasoning: 'off', sampling },
  { messages: 'Sort ascending: 507, 12, 48.', reasoning: 'on', reasoningBudget: 12, sampling },
  { messages: 'Which is larger, 94 or 89238?', reasoning: 'on', maxTokens: 9, sampling },
  { messages: 'What is 700 - 58?', reasoning: 'on', stop: ['4'], sampling },
  { messages: 'Use the tool: what is 71250 + 90488?', reasoning: 'on', tools, sampling },
  { messages: 'Wie spät ist es in 日本? 🙂', sampling },
  { messages: [{ role: 'user', content: 'What is 12 + 30?' }, { role: 'assistant', content: '42' }, { role: 'user', content: 'Now double it.' }], reasoning: 'on', sampling },
]

/** The program: it knows a model, and not what runs it. */
async function program(model: Model): Promise<readonly GenerateResult[]> {
  const results = []
  for (const request of requests) results.push(await model.generate(request))
  await model.close()
  return results
}

// The embedded model's ONNX files hold its F16 weights, and its keys and values are float32 there.
const llamaCpp = await program(await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' }))
const onnx = await program(await openOnnx({ model: 'tiny' }))

/** Timings differ, and what was found in a cache may. */
const said = ({ reasoning, text, toolCalls, finish, usage: { input, output } }: GenerateResult) => ({ reasoning, text, toolCalls, finish, input, output })
const expected = llamaCpp.map(said)
const same = onnx.map((result, index) => isDeepStrictEqual(said(result), expected[index]))

for (const [index, { reasoning, text, toolCalls, finish }] of onnx.entries()) {
  const shown = toolCalls[0] ? JSON.stringify(toolCalls[0].input) : text || reasoning
  console.log(`${same[index] ? 'identical' : 'DIFFERENT'}  ${finish.padEnd(10)}  ${shown.replaceAll('\n', ' ')}`)
}
console.log(same.every(Boolean) ? `Every one of ${same.length} replies is identical.` : 'Some replies differ.')
