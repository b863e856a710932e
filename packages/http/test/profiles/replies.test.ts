import { describe, expect, it } from 'vitest'
import { openDescribed } from './open-described.ts'

const expectedReply = {
  reasoning: '2 + 3 is 5.',
  text: 'It is 5 🙂',
  toolCalls: [],
  finishReason: 'stop',
}

describe('a thought is reasoning in the form of each server:', () => {
  it.each<[string, string, object]>([
    ['vllm', 'vllm', { input: 20, output: 32, cachedInput: 16, reasoning: 9 }],
    ['vllm', 'vllm-older', { input: 20, output: 32 }],
    ['sglang', 'sglang', { input: 20, output: 32, cachedInput: 16, reasoning: 9 }],
    ['llama-server', 'llama-server', { input: 20, output: 32, cachedInput: 16 }],
    ['ollama', 'ollama', { input: 20, output: 32 }],
    ['nim', 'vllm', { input: 20, output: 32, cachedInput: 16, reasoning: 9 }],
    ['lm-studio', 'lm-studio', { input: 20, output: 32 }],
    ['tensorrt-llm', 'tensorrt-llm', { input: 20, output: 32 }],
    ['tgi', 'tgi', { input: 20, output: 32 }],
    ['openai-compatible', 'mistral', { input: 20, output: 32 }],
  ])('%s, fixture %s', async (kind, fixture, expectedUsage) => {
    for (const size of [Infinity, 1, 7, 64]) {
      const { model } = await openDescribed(kind, fixture, { size, format: 'nemotron' })
      const reply = await model.generate({ messages: 'What is 2 + 3?', reasoning: 'on' })
      const { reasoning, text, toolCalls, finishReason, usage } = reply
      expect(
        { reasoning, text, toolCalls, finishReason, usage },
        `in pieces of ${size} bytes`,
      ).toEqual({ ...expectedReply, usage: expectedUsage })
    }
  })

  it.each(['vllm', 'tgi', 'ollama'])('%s, and with reasoning off it is dropped', async (kind) => {
    const { model } = await openDescribed(kind, kind, { format: 'nemotron' })
    expect(await model.generate({ messages: 'What is 2 + 3?', reasoning: 'off' })).toMatchObject({
      reasoning: '',
      text: expectedReply.text,
    })
  })
})

describe('tool calls are assembled in the form of each server:', () => {
  const tools = [
    {
      name: 'add',
      description: 'Adds.',
      parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
    },
    { name: 'now', parameters: { type: 'object', properties: {} } },
  ]
  const calls = [
    { name: 'add', input: { a: 2, b: 3 } },
    { name: 'now', input: {} },
  ]

  it.each([
    ['vllm', 'vllm-tools', calls],
    ['ollama', 'ollama-tools', calls],
    ['openai-compatible', 'tools-without-index', calls],
    ['vllm', 'toolcall-in-text', calls.slice(0, 1)],
  ] as const)('%s, fixture %s', async (kind, fixture, expectedCalls) => {
    for (const size of [Infinity, 1, 11]) {
      const { model } = await openDescribed(kind, fixture, { size, format: 'nemotron' })
      const { toolCalls, text, finishReason } = await model.generate({
        messages: 'What is 2 + 3, and what time is it?',
        tools,
      })
      expect(toolCalls.map(({ name, input }) => ({ name, input }))).toEqual(expectedCalls)
      expect(new Set(toolCalls.map(({ id }) => id)).size).toBe(expectedCalls.length)
      expect({ text, finishReason }).toEqual({ text: '', finishReason: 'tool-calls' })
    }
  })
})

describe('what a real vLLM sent is read:', () => {
  it('a call that was demanded, whose first piece has no arguments', async () => {
    const parameters = {
      type: 'object',
      properties: { room: { enum: ['hall', 'attic'] }, on: { type: 'boolean' } },
      required: ['room', 'on'],
      additionalProperties: false,
    }
    const { model, server } = await openDescribed('vllm', 'vllm-demanded-call')
    const { toolCalls, usage } = await model.generate({
      messages: 'What is 3 + 4?',
      tools: [{ name: 'set_light', parameters }],
      toolChoice: { name: 'set_light' },
      reasoning: 'off',
    })
    expect(toolCalls).toMatchObject([{ name: 'set_light', input: { room: 'attic', on: false } }])
    expect(usage).toEqual({ input: 186, cachedInput: 128, output: 92 })
    expect(server.requests.at(-1)?.body).toMatchObject({
      tools: [{ function: { name: 'set_light', strict: true } }],
      tool_choice: { type: 'function', function: { name: 'set_light' } },
    })
  })

  it('an answer that its parser takes for a thought', async () => {
    const { model } = await openDescribed('vllm', 'vllm-lone-thought', { format: 'nemotron' })
    expect(await model.generate({ messages: 'What is 3 + 4?', reasoning: 'off' })).toMatchObject({
      reasoning: '',
      text: '7',
      finishReason: 'stop',
      usage: { input: 17, cachedInput: 0, output: 2, reasoning: 1 },
    })
    const messages = [
      { role: 'user', content: 'What is 3 + 4?' },
      { role: 'assistant', content: '3 + 4 =', continue: true },
    ] as const
    expect(await model.generate({ messages, reasoning: 'on' })).toMatchObject({ text: '7' })
  })
})
