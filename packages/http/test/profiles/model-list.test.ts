import { expect, it } from 'vitest'
import { json } from '../fake-server.ts'
import { openModel, startFakeServer } from '../open-model.ts'

it('the context length is read from the lists of services', async () => {
  for (const field of ['context_length', 'context_window', 'max_context_length']) {
    const data = [{ id: 'm', owned_by: 7, max_model_len: 'long', [field]: 32_768 }]
    const server = await startFakeServer({ '/v1/models': json({ object: 'list', data }) })
    expect((await openModel({ url: server.url })).info.contextLength).toBe(32_768)
  }
})

it('a list of the models alone is read', async () => {
  const server = await startFakeServer({ '/v1/models': json([{ id: 'qwen3-4b' }]) })
  const model = await openModel({ url: server.url })
  expect(model.info).toMatchObject({ model: 'qwen3-4b', format: 'qwen-3' })
})
