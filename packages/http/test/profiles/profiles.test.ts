import type { GenerateInput, Model } from '@nano/core'
import { afterEach, describe, expect, it } from 'vitest'
import { type HttpOptions, openHttp, serverNames } from '../../src/index.ts'
import type { FakeServer } from '../fake-server.ts'
import { describedServer, replayFixture, serverDescriptions } from '../fixture-server.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function behind(
  kind: string,
  name: string,
  { size, ...options }: Partial<HttpOptions> & { readonly size?: number } = {},
): Promise<{ readonly model: Model; readonly server: FakeServer }> {
  const server = await describedServer(kind, replayFixture(name, size))
  const model = await openHttp({ url: server.url, ...options })
  open.push(
    () => model.close(),
    () => server.close(),
  )
  return { model, server }
}

const add = {
  name: 'add',
  description: 'Adds.',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
}
const now = { name: 'now', parameters: { type: 'object', properties: {} } }

describe('a server is recognised by what it answers:', () => {
  it.each(serverNames)('%s', async (kind) => {
    const { model } = await behind(kind, 'vllm')
    expect(model.info.device).toMatch(new RegExp(`^${kind} at 127`))
    expect(Object.keys(serverDescriptions)).toContain(kind)
  })

  it.each([
    ['llama-server', 4096],
    ['vllm', 4096],
    ['sglang', 4096],
    ['ollama', 8192],
    ['nim', 4096],
    ['lm-studio', 4096],
    ['tgi', 4096],
    ['openai-compatible', undefined],
  ])('%s says a context of %s', async (kind, length) => {
    expect((await behind(kind, 'vllm')).model.info.contextLength).toBe(length)
  })

  it('unless it is named, and then it is asked less', async () => {
    const { model, server } = await behind('vllm', 'vllm', {
      server: 'openai-compatible',
      model: 'another',
    })
    expect(model.info).toMatchObject({
      model: 'another',
      device: expect.stringMatching(/^openai-compatible at/) as string,
    })
    expect(server.requests.map(({ path }) => path)).toEqual(['/v1/models'])
  })
})

describe('a thought comes back as one, whatever it is called:', () => {
  const said = { reasoning: '2 + 3 is 5.', text: 'It is 5 🙂', toolCalls: [], finishReason: 'stop' }
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
  ])('%s, as in %s', async (kind, name, usage) => {
    for (const size of [Infinity, 1, 7, 64]) {
      const { model } = await behind(kind, name, { size, format: 'nemotron' })
      const {
        reasoning,
        text,
        toolCalls,
        finishReason,
        usage: counted,
      } = await model.generate({ messages: 'What is 2 + 3?', reasoning: 'on' })
      expect(
        { reasoning, text, toolCalls, finishReason, usage: counted },
        `in pieces of ${size}`,
      ).toEqual({ ...said, usage })
    }
  })

  it('and is not shown with reasoning off', async () => {
    for (const [kind, name] of [
      ['vllm', 'vllm'],
      ['tgi', 'tgi'],
      ['ollama', 'ollama'],
    ] as const) {
      const { model } = await behind(kind, name, { format: 'nemotron' })
      expect(await model.generate({ messages: 'What is 2 + 3?', reasoning: 'off' })).toMatchObject({
        reasoning: '',
        text: said.text,
      })
    }
  })
})

describe('calls are put together:', () => {
  const called = [
    { name: 'add', input: { a: 2, b: 3 } },
    { name: 'now', input: {} },
  ]
  it.each([
    ['vllm', 'vllm-tools', called],
    ['ollama', 'ollama-tools', called],
    ['openai-compatible', 'tools-without-index', called],
    ['vllm', 'toolcall-in-text', called.slice(0, 1)],
  ] as const)('%s, as in %s', async (kind, name, calls) => {
    for (const size of [Infinity, 1, 11]) {
      const { model } = await behind(kind, name, { size, format: 'nemotron' })
      const { toolCalls, text, finishReason } = await model.generate({
        messages: 'What is 2 + 3, and what time is it?',
        tools: [add, now],
      })
      expect(toolCalls.map(({ name, input }) => ({ name, input }))).toEqual(calls)
      expect(new Set(toolCalls.map(({ id }) => id)).size).toBe(calls.length)
      expect({ text, finishReason }).toEqual({ text: '', finishReason: 'tool-calls' })
    }
  })
})

describe('the switch arrives:', () => {
  async function body(
    kind: string,
    format: string,
    input: GenerateInput,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { model, server } = await behind(kind, kind === 'ollama' ? 'ollama' : 'vllm', {
      format,
      mode: 'chat',
    })
    await model.generate(input)
    return server.requests.at(-1)?.body ?? {}
  }
  const ask = (reasoning: 'on' | 'off') => ({
    messages: [
      { role: 'system' as const, content: 'Be brief.' },
      { role: 'user' as const, content: 'hi' },
    ],
    reasoning,
  })

  it.each(serverNames)('as a line of the system message, at %s', async (kind) => {
    for (const mode of ['on', 'off'] as const) {
      const { messages } = await body(kind, 'nemotron', ask(mode))
      expect(messages).toEqual([
        { role: 'system', content: `detailed thinking ${mode}\n\nBe brief.` },
        { role: 'user', content: 'hi' },
      ])
    }
  })

  it.each(['llama-server', 'vllm', 'sglang', 'nim', 'tensorrt-llm'])(
    'as a variable of the chat template, at %s',
    async (kind) => {
      expect(await body(kind, 'qwen-3', ask('off'))).toMatchObject({
        chat_template_kwargs: { enable_thinking: false },
      })
      expect(await body(kind, 'granite-3.3', ask('on'))).toMatchObject({
        chat_template_kwargs: { thinking: true },
      })
    },
  )

  it('as its own field, at ollama', async () => {
    expect(await body('ollama', 'qwen-3', ask('on'))).toMatchObject({ think: true })
    expect(await body('ollama', 'qwen-3', ask('off'))).toMatchObject({ think: false })
  })

  it('or the call is refused before anything is sent', async () => {
    for (const kind of ['tgi', 'lm-studio', 'openai-compatible']) {
      const { model, server } = await behind(kind, 'vllm', { format: 'qwen-3' })
      expect(model.capabilities.reasoning).toBe('always')
      const before = server.requests.length
      await expect(model.generate({ messages: 'hi', reasoning: 'off' })).rejects.toMatchObject({
        code: 'unsupported',
      })
      expect(server.requests.length).toBe(before)
    }
  })
})

describe('a request says all it means and no more:', () => {
  const full: GenerateInput = {
    messages: 'hi',
    maxTokens: 5,
    stop: ['x'],
    sampling: { temperature: 0.5, topP: 1, seed: 3 },
    tools: [now],
    toolChoice: 'auto',
  }
  const fields: Readonly<Record<string, readonly string[]>> = {
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
    // A top-p of 1 is an error there.
    tgi: ['seed'],
    'openai-compatible': ['seed', 'top_p'],
  }
  it.each(Object.entries(fields))('%s', async (kind, own) => {
    const { model, server } = await behind(kind, 'vllm', {
      format: kind === 'tgi' || kind === 'openai-compatible' ? 'chatml' : 'qwen-3',
    })
    await model.generate({
      ...full,
      ...(model.capabilities.reasoning === 'optional' && { reasoning: 'off' as const }),
    })
    expect(Object.keys(server.requests.at(-1)?.body ?? {}).toSorted()).toEqual(
      [
        'max_tokens',
        'messages',
        'model',
        'stop',
        'stream',
        'stream_options',
        'temperature',
        'tool_choice',
        'tools',
        ...own,
      ].toSorted(),
    )
  })

  it('at ollama the length of the context, and that nothing is to be cut off', async () => {
    const { model, server } = await behind('ollama', 'ollama', { contextLength: 2048 })
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

  it('no stop string to a server while the model thinks, for it would cut the thought', async () => {
    const { model, server } = await behind('vllm', 'vllm', { format: 'nemotron' })
    const { reasoning, text } = await model.generate({
      messages: 'hi',
      reasoning: 'on',
      stop: ['5', ' is'],
    })
    expect(server.requests.at(-1)?.body).not.toHaveProperty('stop')
    expect({ reasoning, text }).toEqual({ reasoning: '2 + 3 is 5.', text: 'It' })
  })
})
