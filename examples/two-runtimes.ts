// One program on two runtimes, with the same weights: every reply is the same. NANO_URL adds a
// third, a server that has the embedded model: llama-server -m packages/tiny/models/tiny-F16.gguf
// -fa off -ctk f32 -ctv f32
import { isDeepStrictEqual } from 'node:util'
import type { GenerateInput, GenerateResult, Model } from '@nano/core'
import { openHttp } from '@nano/http'
import { openLlamaCpp } from '@nano/llama-cpp'
import { openOnnx } from '@nano/onnx'
import { gguf } from '@nano/tiny'

const tools = [
  {
    name: 'add_exactly',
    description: 'Adds two numbers exactly.',
    parameters: {
      type: 'object',
      properties: { a: { type: 'number' }, b: { type: 'number' } },
      required: ['a', 'b'],
    },
  },
]
const sampling = { temperature: 0 } as const
const requests: readonly GenerateInput[] = [
  { messages: 'What is 348 * 27?', reasoning: 'on', sampling },
  { messages: 'What is 348 * 27?', reasoning: 'off', sampling },
  { messages: 'Sort ascending: 507, 12, 48.', reasoning: 'on', reasoningBudget: 12, sampling },
  { messages: 'Which is larger, 94 or 89238?', reasoning: 'on', maxTokens: 9, sampling },
  { messages: 'What is 700 - 58?', reasoning: 'on', stop: ['4'], sampling },
  { messages: 'Use the tool: what is 71250 + 90488?', reasoning: 'on', tools, sampling },
  { messages: 'Wie spät ist es in 日本? 🙂', sampling },
  {
    messages: [
      { role: 'user', content: 'What is 12 + 30?' },
      { role: 'assistant', content: '42' },
      { role: 'user', content: 'Now double it.' },
    ],
    reasoning: 'on',
    sampling,
  },
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
const { NANO_URL: url } = process.env
const others = [onnx, ...(url ? [await program(await openHttp({ url }))] : [])]

/** Timings differ, and what was found in a cache may. */
const said = ({
  reasoning,
  text,
  toolCalls,
  finishReason,
  usage: { input, output },
}: GenerateResult) => ({ reasoning, text, toolCalls, finishReason, input, output })
const same = llamaCpp.map((result, index) =>
  others.every(
    (replies) => replies[index] && isDeepStrictEqual(said(replies[index]), said(result)),
  ),
)

for (const [index, { reasoning, text, toolCalls, finishReason }] of llamaCpp.entries()) {
  const shown = toolCalls[0] ? JSON.stringify(toolCalls[0].input) : text || reasoning
  console.log(
    `${same[index] ? 'identical' : 'DIFFERENT'}  ${finishReason.padEnd(10)}  ${shown.replaceAll('\n', ' ')}`,
  )
}
console.log(
  same.every(Boolean)
    ? `Every one of ${same.length} replies is identical, on ${1 + others.length} runtimes.`
    : 'Some replies differ.',
)
