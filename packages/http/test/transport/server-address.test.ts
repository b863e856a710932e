import { describe, expect, it } from 'vitest'
import { openHttp } from '../../src/index.ts'
import { chunk, json, modelList, sse, usageChunk } from '../fake-server.ts'
import { serverDescriptions } from '../fixture-server.ts'
import { openModel, startFakeServer } from '../open-model.ts'

const chat = sse(chunk({ content: 'yes' }), chunk({}, 'stop'), usageChunk)

describe('an address', () => {
  it.each([
    ['', '/v1'],
    ['/', '/v1'],
    ['/v1', '/v1'],
    ['/v1/', '/v1'],
    ['', ''],
    ['/v4', '/v4'],
    ['/api/paas/v4', '/api/paas/v4'],
    ['/v1beta/openai', '/v1beta/openai'],
    ['/openai/v1/', '/openai/v1'],
    ['/prefix', '/prefix/v1'],
    ['/prefix', '/prefix'],
    ['/v2/prefix', '/v2/prefix/v1'],
    ['/v1/chat/completions', '/v1'],
    ['/api/paas/v4/chat/completions', '/api/paas/v4'],
    ['/chat/completions', ''],
    ['/v1/models', '/v1'],
    ['/v1/responses', '/v1'],
    ['/v1/messages', '/v1'],
    ['//v1//', '/v1'],
    ['/api', '/v1'],
    ['/api/v1', '/v1'],
    ['/api/v1', '/api/v1'],
  ])('with the path %j opens a server whose API is at %j', async (path, api) => {
    const server = await startFakeServer({
      [`${api}/models`]: modelList,
      [`${api}/chat/completions`]: chat,
    })
    for (const kind of ['auto', 'openai-compatible'] as const) {
      const model = await openModel({ url: server.url + path, server: kind })
      expect((await model.generate('hi')).text).toBe('yes')
      expect(server.requests.at(-1)?.path).toBe(`${api}/chat/completions`)
    }
  })

  it('keeps its query, which may name no key', async () => {
    const server = await startFakeServer({
      '/v1/models?api-version=1': modelList,
      '/v1/chat/completions?api-version=1': chat,
    })
    const model = await openModel({ url: `${server.url}?api-version=1` })
    expect((await model.generate('hi')).text).toBe('yes')
    for (const name of ['key', 'api_key', 'access_token', 'sig', 'client-secret', 'code'])
      await expect(openHttp({ url: `${server.url}?${name}=x` })).rejects.toMatchObject({
        code: 'invalid-request',
      })
  })

  it('of an API of its own opens Ollama and LM Studio', async () => {
    for (const [kind, path] of [
      ['ollama', '/api'],
      ['lm-studio', '/api/v1'],
    ] as const) {
      const server = await startFakeServer(serverDescriptions[kind] ?? {})
      const model = await openModel({ url: server.url + path })
      expect(model.info.device).toMatch(new RegExp(`^${kind} at`))
    }
  })

  it('of a chat needs no list of models where the model is named', async () => {
    const path = '/openai/deployments/m/chat/completions'
    const server = await startFakeServer({ [`${path}?api-version=1`]: chat })
    const url = `${server.url}${path}?api-version=1`
    const model = await openModel({ url, model: 'm' })
    expect((await model.generate('hi')).text).toBe('yes')
    expect(model.info.device).toMatch(/^openai-compatible at/)
    await expect(openHttp({ url })).rejects.toMatchObject({ code: 'not-found' })
    await expect(
      openHttp({ url: `${server.url}/openai/deployments/m`, model: 'm' }),
    ).rejects.toMatchObject({ code: 'not-found' })
  })

  it('that leads to no server is named with all that was tried', async () => {
    const server = await startFakeServer({ '/prefix/models': json({ hello: 1 }) })
    const error = await openHttp({ url: `${server.url}/prefix` }).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'not-found' })
    const message = error instanceof Error ? error.message : ''
    for (const attempt of [
      `${server.url}/prefix/v1/models answered 404`,
      `${server.url}/prefix/models has another form`,
      `${server.url}/prefix/props answered 404`,
    ])
      expect(message).toContain(attempt)
  })

  it('is named where a server has no chat at it', async () => {
    const server = await startFakeServer({ '/v1/models': modelList })
    const model = await openModel({ url: server.url })
    await expect(model.generate('hi')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('answered 404 to /v1/chat/completions') as string,
    })
  })
})
