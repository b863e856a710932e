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
