import { createServer } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { findFreePort } from '../../../scripts/serve/run-server.ts'
import { openHttp } from '../src/index.ts'
import { type Answer, eventOf, json, modelList } from './fake-server.ts'
import { tokenizerFile } from './native/completions-bridge.ts'
import { openModel, startFakeServer } from './open-model.ts'

it.each<[string, Answer]>([
  ['answers 503', json({ error: { message: 'Loading model', code: 503 } }, 503)],
  ['closes connections', (response) => void response.destroy()],
  ['has no model yet', json({ object: 'list', data: [] })],
  ['lists nothing yet', json({ object: 'list', data: null })],
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

it('opening says that Ollama has no model, however it lists none', async () => {
  for (const models of [[], null]) {
    const server = await startFakeServer({ '/api/tags': json({ models }) })
    await expect(openHttp({ url: server.url })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('has no model loaded') as string,
    })
  }
})

it('opening says that a server limits the rate, and a pool opens beside it', async () => {
  const server = await startFakeServer({ '/v1/models': json({ error: 'slow down' }, 429) })
  await expect(openHttp({ url: server.url })).rejects.toMatchObject({
    code: 'rate-limited',
    retryable: true,
  })
  const readyServer = await startFakeServer({ '/v1/models': modelList })
  const model = await openModel({ endpoints: [server.url, readyServer.url] })
  expect(model.info.model).toBe('m')
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

it('opening waits for a server that does not listen yet', async () => {
  const port = await findFreePort()
  const opening = openModel({ url: `http://127.0.0.1:${port}`, waitUntilReady: 10_000 })
  await new Promise((resolve) => setTimeout(resolve, 400))
  const server = createServer((_, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ object: 'list', data: [{ id: 'm' }] })),
  ).listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  expect((await opening).info.model).toBe('m')
})

it('opening waits no longer than its limit for a server that accepts and is silent', async () => {
  const server = await startFakeServer({ '/v1/models': () => {} })
  const startedAt = performance.now()
  await expect(
    openHttp({
      url: server.url,
      server: 'openai-compatible',
      waitUntilReady: 300,
      livenessTimeout: 200,
    }),
  ).rejects.toMatchObject({ code: 'unavailable', retryable: true })
  expect(performance.now() - startedAt).toBeLessThan(3_000)
})

it('opening waits longer than its limit for a server that works, if slowly', async () => {
  const server = await startFakeServer({
    '/v1/models': modelList,
    '/v1/completions': async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (let count = 0; count < 10; count++) {
        response.write(eventOf({ choices: [{ text: 'a', token_ids: [66] }] }))
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      response.end(eventOf({ choices: [{ text: '', token_ids: [], finish_reason: 'length' }] }))
    },
  })
  const model = await openModel({
    endpoints: [server.url],
    livenessTimeout: 400,
    server: 'vllm',
    format: 'nemotron',
    tokenizer: tokenizerFile,
    contextLength: 2_048,
  })
  expect(model.capabilities.render).toBe(true)
})
