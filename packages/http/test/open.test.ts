import { expect, it } from 'vitest'
import { openHttp } from '../src/index.ts'
import { type Answer, json, modelList } from './fake-server.ts'
import { openModel, startFakeServer } from './open-model.ts'

it.each<[string, Answer]>([
  ['answers 503', json({ error: { message: 'Loading model', code: 503 } }, 503)],
  ['closes connections', (response) => void response.destroy()],
  ['has no model yet', json({ object: 'list', data: [] })],
])('opening waits until a server is ready that %s', async (_, answer) => {
  let isReady = false
  const server = await startFakeServer({
    '/v1/models': (response, request) => (isReady ? modelList : answer)(response, request),
  })
  const options = { url: server.url, server: 'openai-compatible' } as const
  await expect(openHttp(options)).rejects.toMatchObject({ code: 'unavailable' })
  await expect(openHttp({ ...options, waitUntilReady: 300 })).rejects.toMatchObject({
    code: 'unavailable',
  })
  const opening = openModel({ ...options, waitUntilReady: 10_000 })
  setTimeout(() => (isReady = true), 300)
  expect((await opening).info.model).toBe('m')
})

it('opening waits for no server that refuses, and no longer than its signal allows', async () => {
  const server = await startFakeServer({ '/v1/models': json({ error: 'no' }, 401) })
  await expect(openHttp({ url: server.url, waitUntilReady: 60_000 })).rejects.toMatchObject({
    code: 'unauthorized',
  })
  await server.close()
  await expect(
    openHttp({ url: server.url, waitUntilReady: 60_000, signal: AbortSignal.timeout(50) }),
  ).rejects.toMatchObject({ name: 'TimeoutError' })
})
