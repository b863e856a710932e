// Runs one program on two runtimes with the same weights, and compares the replies: they are
// identical. NANO_URL adds a third runtime, a server with the embedded model:
//
//   llama-server -m packages/tiny/models/tiny-F16.gguf -fa off -ctk f32 -ctv f32
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
  { messages: 'What is 348 * 27?', sampling },
  { messages: 'What is 348 * 27?', reasoning: 'off', sampling },
  { messages: 'Sort ascending: 507, 12, 48.', reasoningBudget: 12, sampling },
  { messages: 'Which is larger, 94 or 89238?', maxTokens: 9, sampling },
  { messages: 'What is 700 - 58?', stop: ['4'], sampling },
  { messages: 'Use the tool: what is 71250 + 90488?', tools, sampling },
  { messages: 'Wie spät ist es in 日本? 🙂', sampling },
  {
    messages: [
      { role: 'user', content: 'What is 12 + 30?' },
      { role: 'assistant', content: '42' },
      { role: 'user', content: 'Now double it.' },
    ],
    sampling,
  },
]

/** The program. It does not know which runtime its model has. */
async function program(model: Model): Promise<readonly GenerateResult[]> {
  const results = []
  for (const request of requests) results.push(await model.generate(request))
  await model.close()
  return results
}

// The ONNX files of the embedded model have its F16 weights, and a KV cache in float32.
const llamaCpp = await program(await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' }))
const onnx = await program(await openOnnx({ model: 'tiny' }))
const { NANO_URL: url } = process.env
const otherReplies = [onnx, ...(url ? [await program(await openHttp({ url }))] : [])]

/** Selects the fields to compare. Timings differ, and the counts of cached tokens may. */
const selectComparedFields = ({
  reasoning,
  text,
  toolCalls,
  finishReason,
  usage: { input, output },
}: GenerateResult) => ({ reasoning, text, toolCalls, finishReason, input, output })
const isIdentical = llamaCpp.map((result, index) =>
  otherReplies.every(
    (replies) =>
      replies[index] &&
      isDeepStrictEqual(selectComparedFields(replies[index]), selectComparedFields(result)),
  ),
)

for (const [index, { reasoning, text, toolCalls, finishReason }] of llamaCpp.entries()) {
  const reply = toolCalls[0] ? JSON.stringify(toolCalls[0].input) : text || reasoning
  const verdict = isIdentical[index] ? 'identical' : 'DIFFERENT'
  console.log(`${verdict}  ${finishReason.padEnd(10)}  ${reply.replaceAll('\n', ' ')}`)
}
console.log(
  isIdentical.every(Boolean)
    ? `Every one of ${isIdentical.length} replies is identical, ` +
        `on ${1 + otherReplies.length} runtimes.`
    : 'Some replies differ.',
)
