import { describe, expect, it, vi } from 'vitest'
import { openHttp, serverNames } from '../src/index.ts'
import { json } from './fake-server.ts'
import { capturedAnswers, replayFixture, serverDescriptions } from './fixture-server.ts'
import { openModel, startFakeServer } from './open-model.ts'
import { openDescribed } from './profiles/open-described.ts'

describe('a server is identified by its responses:', () => {
  it.each(serverNames)('%s', async (kind) => {
    const { model } = await openDescribed(kind, 'vllm')
    expect(model.info.device).toMatch(new RegExp(`^${kind} at 127`))
    expect(Object.keys(serverDescriptions)).toContain(kind)
  })
})

describe('the context length comes from the server:', () => {
  it.each([
    ['llama-server', 4096],
    ['vllm', 4096],
    ['sglang', 4096],
    ['ollama', 8192],
    ['nim', 4096],
    ['lm-studio', 4096],
    ['tgi', 4096],
    ['openai-compatible', undefined],
  ])('%s reports %s tokens', async (kind, contextLength) => {
    const { model } = await openDescribed(kind, 'vllm')
    expect(model.info.contextLength).toBe(contextLength)
  })
})

describe('which model it is, is read', () => {
  it('from the root of an alias', async () => {
    const data = [{ id: 'house', owned_by: 'vllm', root: 'Qwen/Qwen3-4B-FP8', max_model_len: 4096 }]
    const server = await startFakeServer({ '/v1/models': json({ data }) })
    const model = await openModel({ url: server.url })
    expect(model.info).toMatchObject({ model: 'Qwen3-4B-FP8', format: 'qwen-3' })
  })

  it('from the model that an adapter is for', async () => {
    const data = [
      { id: 'real', owned_by: 'vllm', root: '/models/Qwen3-4B', max_model_len: 4096, parent: null },
      { id: 'sql', owned_by: 'vllm', root: '/adapters/sql', parent: 'real' },
    ]
    const server = await startFakeServer({ '/v1/models': json({ data }) })
    const model = await openModel({ url: server.url, model: 'sql' })
    expect(model.info).toMatchObject({ model: 'sql', format: 'qwen-3', contextLength: 4096 })
  })

  it('from the path of the model behind an alias of SGLang', async () => {
    const server = await startFakeServer({
      ...serverDescriptions['sglang'],
      '/get_model_info': json({ model_path: '/models/Qwen3-4B-AWQ', is_generation: true }),
    })
    const model = await openModel({ url: server.url })
    expect(model.info).toMatchObject({ model: 'Qwen3-4B-AWQ', format: 'qwen-3' })
  })

  it('from the newer description of SGLang', async () => {
    const server = await startFakeServer({
      ...serverDescriptions['sglang'],
      '/model_info': json({ model_path: '/models/Qwen3-4B', is_generation: true }),
    })
    const model = await openModel({ url: server.url })
    expect(model.info).toMatchObject({ model: 'Qwen3-4B', format: 'qwen-3' })
    expect(server.requests.map(({ path }) => path)).not.toContain('/get_model_info')
  })

  it('from the base name of a model of Ollama that has no other name', async () => {
    const info = { 'general.basename': 'Qwen3', 'general.size_label': '4B' }
    const server = await startFakeServer({
      ...serverDescriptions['ollama'],
      '/api/show': json({ model_info: info, capabilities: ['completion'] }),
    })
    const model = await openModel({ url: server.url })
    expect(model.info).toMatchObject({ model: 'Qwen3-4B', format: 'qwen-3' })
  })

  it('from the template that vllm may give', async () => {
    const data = [{ id: 'house', owned_by: 'vllm', max_model_len: 4096 }]
    const template =
      '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}' +
      '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'
    const server = await startFakeServer({
      '/v1/models': json({ data }),
      '/tokenizer_info': json({ chat_template: template, eos_token: { content: '<|im_end|>' } }),
    })
    const model = await openModel({ url: server.url })
    expect(model.info.format).toBe('chatml')
  })

  it('from llama-server by name where it routes to several models', async () => {
    const { '/tokenize': tokenizeAnswer, ...answers } = capturedAnswers('llama-router')
    const server = await startFakeServer({
      ...answers,
      '/tokenize': (response, request) =>
        (request.body['with_pieces'] ? tokenizeAnswer : json({ tokens: [] }))?.(response, request),
    })
    const models = [
      await openModel({ url: server.url, model: 'alpha' }),
      await openModel({ url: server.url, model: 'beta' }),
    ]
    const { host } = new URL(server.url)
    expect(models.map(({ info }) => info)).toEqual(
      [
        ['alpha', 'F16'],
        ['beta', 'Q8_0'],
      ].map(([model, quantization]) => ({
        model,
        quantization,
        device: `llama-server at ${host}, model ${model}`,
        contextLength: 2048,
        parameters: 869_504,
        format: 'nemotron',
      })),
    )
    const posts = server.requests.filter(({ body }) => Object.keys(body).length > 0)
    expect(new Set(posts.map(({ body }) => body['model']))).toEqual(new Set(['alpha', 'beta']))
    // The whole of a request to one of them, with the tokens from the server.
    expect(models.map(({ capabilities }) => capabilities.completion)).toEqual([true, true])
  })

  it('so that a cache keeps models of one server apart that share every other fact', async () => {
    const props = json({
      default_generation_settings: { n_ctx: 4096 },
      model_path: '/models/ggml-model-Q4_0.gguf',
    })
    const server = await startFakeServer({
      '/props': json({ default_generation_settings: { n_ctx: 0 }, model_path: 'none' }),
      '/props?model=a': props,
      '/props?model=b': props,
      '/v1/models': json({ data: [{ id: 'a' }, { id: 'b' }] }),
    })
    const [first, second] = [
      await openModel({ url: server.url, model: 'a' }),
      await openModel({ url: server.url, model: 'b' }),
    ]
    expect(first.info).not.toEqual(second.info)
  })

  it('as the name that requests use where a router says nothing more', async () => {
    const server = await startFakeServer({
      '/props': json({ default_generation_settings: { n_ctx: 0 }, model_path: 'none' }),
      '/v1/models': json({ data: [{ id: 'a' }, { id: 'b' }] }),
    })
    const { info } = await openModel({ url: server.url, model: 'a' })
    expect(info.model).toBe('a')
    expect(info).not.toHaveProperty('contextLength')
  })
})

describe('a model that the server does not list', () => {
  const models = { object: 'list', data: ['qwen3-4b', 'gemma-3-1b'].map((id) => ({ id })) }

  it('is reported with the nearest name where the list may not be complete', async () => {
    const server = await startFakeServer({ '/v1/models': json(models) })
    const onWarning = vi.fn<(message: string) => void>()
    const model = await openModel({ url: server.url, model: 'qwen-3-4b', onWarning })
    expect(model.info.model).toBe('qwen-3-4b')
    expect(onWarning.mock.calls).toEqual([
      [
        expect.stringMatching(
          /has no model "qwen-3-4b"; it has qwen3-4b, gemma-3-1b. Did you mean "qwen3-4b"\?/,
        ),
      ],
    ])
  })

  it('may be listed as an alias of another', async () => {
    const server = await startFakeServer({
      ...serverDescriptions['llama-server'],
      '/v1/models': json({ data: [{ id: 'home', aliases: ['home', 'house'] }] }),
      '/v1/chat/completions': replayFixture('llama-server'),
    })
    const model = await openModel({ url: server.url, model: 'house' })
    await model.generate('hi')
    expect(server.requests.at(-1)?.body['model']).toBe('home')
    await expect(openHttp({ url: server.url, model: 'hose' })).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it.each(['vllm', 'ollama', 'llama-server'])('rejects with not-found at %s', async (kind) => {
    await expect(openDescribed(kind, 'vllm', { model: 'mm' })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/has no model "mm"; it has m. Did you mean "m"\?/) as string,
    })
  })
})

it('an answer of another form is bad-output, whatever it was asked for', async () => {
  const server = await startFakeServer({
    ...capturedAnswers('llama-router'),
    '/tokenize': json({ tokens: [{ id: 1 }] }),
  })
  await expect(openHttp({ url: server.url, model: 'alpha' })).rejects.toMatchObject({
    code: 'bad-output',
    message: expect.stringMatching(/sent a value of an unexpected form/) as string,
  })
})

it('a server that the options name is not identified', async () => {
  const { model, server } = await openDescribed('vllm', 'vllm', {
    server: 'openai-compatible',
    model: 'another',
  })
  expect(model.info).toMatchObject({
    model: 'another',
    device: expect.stringMatching(/^openai-compatible at/) as string,
  })
  expect(server.requests.map(({ path }) => path)).toEqual(['/v1/models'])
})
