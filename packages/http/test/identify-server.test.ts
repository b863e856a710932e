import { describe, expect, it, vi } from 'vitest'
import { serverNames } from '../src/index.ts'
import { json } from './fake-server.ts'
import { serverDescriptions } from './fixture-server.ts'
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
    const props = (file: string, contextLength: number) =>
      json({ default_generation_settings: { n_ctx: contextLength }, model_path: file })
    const server = await startFakeServer({
      '/props': props('none', 0),
      '/props?model=a': props('/models/a-one.gguf', 4096),
      '/props?model=b': props('/models/b-two.gguf', 8192),
      '/v1/models': json({ data: [{ id: 'a' }, { id: 'b' }] }),
    })
    const models = [
      await openModel({ url: server.url, model: 'a' }),
      await openModel({ url: server.url, model: 'b' }),
    ]
    expect(models.map(({ info }) => [info.model, info.contextLength])).toEqual([
      ['a-one', 4096],
      ['b-two', 8192],
    ])
    const tokenizing = server.requests.filter(({ path }) => path === '/tokenize')
    expect(tokenizing.map(({ body }) => body['model'])).toEqual(['a', 'b'])
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

  it('is said with the nearest name where the list may not be complete', async () => {
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

  it.each(['vllm', 'ollama', 'llama-server'])('rejects with not-found at %s', async (kind) => {
    await expect(openDescribed(kind, 'vllm', { model: 'mm' })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/has no model "mm"; it has m. Did you mean "m"\?/) as string,
    })
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
