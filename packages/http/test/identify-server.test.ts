import { describe, expect, it } from 'vitest'
import { serverNames } from '../src/index.ts'
import { serverDescriptions } from './fixture-server.ts'
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
