import type { GenerateInput } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { serverNames } from '../../src/index.ts'
import { json } from '../fake-server.ts'
import { replayFixture, serverDescriptions } from '../fixture-server.ts'
import { openModel, startFakeServer } from '../open-model.ts'
import { openDescribed } from './open-described.ts'

describe('the reasoning switch reaches the model', () => {
  async function requestBody(
    kind: string,
    format: string,
    reasoning: 'on' | 'off',
  ): Promise<Readonly<Record<string, unknown>>> {
    const fixture = kind === 'ollama' ? 'ollama' : 'vllm'
    const { model, server } = await openDescribed(kind, fixture, { format, mode: 'chat' })
    await model.generate({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hi' },
      ],
      reasoning,
    })
    return server.requests.at(-1)?.body ?? {}
  }

  it.each(serverNames)('as a line of the system message, at %s', async (kind) => {
    for (const mode of ['on', 'off'] as const) {
      const { messages } = await requestBody(kind, 'nemotron', mode)
      expect(messages).toEqual([
        { role: 'system', content: `detailed thinking ${mode}\n\nBe brief.` },
        { role: 'user', content: 'hi' },
      ])
    }
  })

  it.each(['llama-server', 'vllm', 'sglang', 'nim', 'tensorrt-llm'])(
    'as a variable of the chat template, at %s',
    async (kind) => {
      expect(await requestBody(kind, 'qwen-3', 'off')).toMatchObject({
        chat_template_kwargs: { enable_thinking: false },
      })
      expect(await requestBody(kind, 'granite-3.3', 'on')).toMatchObject({
        chat_template_kwargs: { thinking: true },
      })
    },
  )

  it("as the server's own field, at ollama", async () => {
    expect(await requestBody('ollama', 'qwen-3', 'on')).toMatchObject({ think: true })
    expect(await requestBody('ollama', 'qwen-3', 'off')).toMatchObject({ think: false })
  })

  it.each(['tgi', 'lm-studio', 'openai-compatible'])(
    'or reasoning off is refused before a request, at %s',
    async (kind) => {
      const { model, server } = await openDescribed(kind, 'vllm', { format: 'qwen-3' })
      expect(model.capabilities.reasoning).toBe('always')
      const requestsBefore = server.requests.length
      await expect(model.generate({ messages: 'hi', reasoning: 'off' })).rejects.toMatchObject({
        code: 'unsupported',
      })
      expect(server.requests.length).toBe(requestsBefore)
    },
  )
})

describe('a request has exactly the fields that the server knows:', () => {
  const request: GenerateInput = {
    messages: 'hi',
    maxTokens: 5,
    stop: ['x'],
    sampling: { temperature: 0.5, topP: 1, seed: 3 },
    tools: [{ name: 'now', parameters: { type: 'object', properties: {} } }],
    toolChoice: 'auto',
  }
  const commonFields = [
    'max_tokens',
    'messages',
    'model',
    'stop',
    'stream',
    'stream_options',
    'temperature',
    'tool_choice',
    'tools',
  ]
  const serverFields: Readonly<Record<string, readonly string[]>> = {
    vllm: [
      'chat_template_kwargs',
      'frequency_penalty',
      'min_p',
      'presence_penalty',
      'repetition_penalty',
      'seed',
      'top_k',
      'top_p',
    ],
    'tensorrt-llm': [
      'chat_template_kwargs',
      'min_p',
      'repetition_penalty',
      'seed',
      'top_k',
      'top_p',
    ],
    // TGI refuses a top_p of 1.
    tgi: ['seed'],
    'openai-compatible': ['seed', 'top_p'],
  }

  it.each(Object.entries(serverFields))('%s', async (kind, fields) => {
    const { model, server } = await openDescribed(kind, 'vllm', {
      format: kind === 'tgi' || kind === 'openai-compatible' ? 'chatml' : 'qwen-3',
    })
    await model.generate({
      ...request,
      ...(model.capabilities.reasoning === 'optional' && { reasoning: 'off' as const }),
    })
    expect(Object.keys(server.requests.at(-1)?.body ?? {}).sort()).toEqual(
      [...commonFields, ...fields].sort(),
    )
  })

  it('ollama gets the context length, and has to refuse a prompt that is too long', async () => {
    const { model, server } = await openDescribed('ollama', 'ollama', { contextLength: 2048 })
    await model
      .generate({ messages: 'hi', maxTokens: 5, schema: { type: 'object' }, reasoning: 'off' })
      .catch(() => {})
    expect(server.requests.at(-1)).toMatchObject({
      path: '/api/chat',
      body: {
        truncate: false,
        shift: false,
        think: false,
        format: { type: 'object' },
        options: { num_ctx: 2048, num_predict: 5, top_k: 20 },
      },
    })
  })

  it('a server gets no stop string with reasoning, because it would cut the thought', async () => {
    const { model, server } = await openDescribed('vllm', 'vllm', { format: 'nemotron' })
    const { reasoning, text } = await model.generate({
      messages: 'hi',
      reasoning: 'on',
      stop: ['5', ' is'],
    })
    expect(server.requests.at(-1)?.body).not.toHaveProperty('stop')
    expect({ reasoning, text }).toEqual({ reasoning: '2 + 3 is 5.', text: 'It' })
  })

  it('a server gets four stop strings at most, and the others are matched here', async () => {
    const { model, server } = await openDescribed('vllm', 'vllm', { format: 'nemotron' })
    const stop = ['v', 'w', 'x', 'y', ' is']
    const { text } = await model.generate({ messages: 'hi', reasoning: 'off', stop })
    expect(server.requests.at(-1)?.body).toMatchObject({ stop: ['v', 'w', 'x', 'y'] })
    expect(text).toBe('It')
  })

  it('a server gets no limit that is above its context', async () => {
    const { model, server } = await openDescribed('vllm', 'vllm', { format: 'nemotron' })
    for (const [maxTokens, sentLimit] of [
      [4095, 4095],
      [4096, undefined],
      [1_000_000, undefined],
    ]) {
      await model.generate({ messages: 'hi', ...(maxTokens !== undefined && { maxTokens }) })
      expect(server.requests.at(-1)?.body['max_tokens']).toBe(sentLimit)
    }
  })

  it('llama-server is told of several calls, unless the template writes only one', async () => {
    const tools = [{ name: 'now', parameters: { type: 'object' } }]
    for (const [writesSeveral, sentValue] of [
      [undefined, true],
      [true, true],
      [false, undefined],
    ]) {
      const server = await startFakeServer({
        ...serverDescriptions['llama-server'],
        '/props': json({
          default_generation_settings: { n_ctx: 4096 },
          chat_template_caps: { supports_parallel_tool_calls: writesSeveral },
        }),
        '/v1/chat/completions': replayFixture('llama-server'),
      })
      const model = await openModel({ url: server.url, mode: 'chat', format: 'qwen-3' })
      await model.generate({ messages: 'hi', tools })
      expect(server.requests.at(-1)?.body['parallel_tool_calls']).toBe(sentValue)
      await model.generate('hi')
      expect(server.requests.at(-1)?.body).not.toHaveProperty('parallel_tool_calls')
    }
  })
})
