import type { Part } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { type Answer, chunk, eventOf, json, modelList, sse } from '../fake-server.ts'
import { openModel, startChatServer, startFakeServer } from '../open-model.ts'

const validReply = sse(chunk({ content: 'hi' }), chunk({}, 'stop'))

async function openBehind(chat: Answer, answers: Readonly<Record<string, Answer>> = {}) {
  const server = await startChatServer(chat, answers)
  return { server, model: await openModel({ url: server.url }) }
}

describe('a connection closes', () => {
  const endlessReply: Answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const timer = setInterval(() => response.write(eventOf(chunk({ content: 'a' }))), 1)
    response.on('close', () => clearInterval(timer))
  }

  it('when the call is aborted, and the call rejects with the reason', async () => {
    const { server, model } = await openBehind(endlessReply)
    const controller = new AbortController()
    await expect(
      (async () => {
        for await (const _ of model.stream('hello', { signal: controller.signal }))
          controller.abort('enough')
      })(),
    ).rejects.toBe('enough')
    await expect.poll(() => server.openResponses).toBe(0)
  })

  it('when the reader leaves the loop', async () => {
    const { server, model } = await openBehind(endlessReply)
    for (let count = 0; count < 20; count++) for await (const _ of model.stream('hello')) break
    await expect.poll(() => server.openResponses).toBe(0)
  })

  it('when the model closes', async () => {
    const { server, model } = await openBehind(endlessReply)
    const parts: Part[] = []
    await expect(
      (async () => {
        for await (const part of model.stream('hello')) {
          parts.push(part)
          void model.close()
        }
      })(),
    ).rejects.toMatchObject({ code: 'closed' })
    await expect.poll(() => server.openResponses).toBe(0)
  })

  it('when the call is aborted before the first event', async () => {
    const { server, model } = await openBehind(
      (response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
    )
    await expect(
      model.generate('hello', { signal: AbortSignal.timeout(30) }),
    ).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect.poll(() => server.openResponses).toBe(0)
  })

  it('when the call is aborted while the server tokenizes its prompt', async () => {
    const tokenizeOnlyEmpty: Answer = (response, request) =>
      void (request.body['content'] === '' ? json({ tokens: [] })(response, request) : undefined)
    const server = await startFakeServer({
      '/props': json({ default_generation_settings: { n_ctx: 4_096 } }),
      '/v1/models': json({ data: [{ id: 'm', meta: { n_vocab: 640, n_params: 1_000 } }] }),
      '/tokenize': tokenizeOnlyEmpty,
    })
    const model = await openModel({ url: server.url, format: 'llama-3' })
    expect(model.capabilities.render).toBe(true)
    await expect(
      model.generate('hello', { signal: AbortSignal.timeout(30) }),
    ).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect.poll(() => server.openResponses).toBe(0)
  })
})

describe('a request', () => {
  it('is sent again, once, when the server has closed the reused socket', async () => {
    let closedSockets = 0
    const { model } = await openBehind((response, request) => {
      // Closes the connection while the request is on its way.
      if (closedSockets-- > 0) response.destroy()
      else void validReply(response, request)
    })
    closedSockets = 1
    expect(await model.generate('hello')).toMatchObject({ text: 'hi' })
    closedSockets = 2
    await expect(model.generate('hello')).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
    })
  })

  it('is sent again when a busy server closes the reused socket late', async () => {
    let isLate = false
    const { model } = await openBehind(async (response, request) => {
      if (!isLate) return validReply(response, request)
      isLate = false
      await new Promise((resolve) => setTimeout(resolve, 1_200))
      response.destroy()
    })
    isLate = true
    expect(await model.generate('hello')).toMatchObject({ text: 'hi' })
  })

  it('is not sent again when the server closes a new socket', async () => {
    const { server, model } = await openBehind((response) => void response.destroy(), {
      // No socket is left to reuse.
      '/v1/models': (response, request) => {
        response.setHeader('connection', 'close')
        void modelList(response, request)
      },
    })
    await expect(model.generate('hello')).rejects.toMatchObject({ code: 'unavailable' })
    expect(server.requests.filter(({ path }) => path === '/v1/chat/completions').length).toBe(1)
  })

  it('reuses the connection of the reply before it', async () => {
    // The body ends a little after its last event, as it does across a network.
    const { server, model } = await openBehind((response) => {
      const body = [chunk({ content: 'hi' }), chunk({}, 'stop')].map(eventOf).join('')
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`${body}data: [DONE]\n\n`)
      setTimeout(() => response.end(), 1)
    })
    const connectionsBefore = server.connectionCount
    for (let count = 0; count < 10; count++) await model.generate('hello')
    expect(server.connectionCount - connectionsBefore).toBeLessThan(9)
  })

  it('outlives the time-outs of undici', async () => {
    const undiciVersion = Number.parseInt(process.versions.undici ?? '0', 10)
    const dispatcherSymbol = Symbol.for(`undici.globalDispatcher.${undiciVersion >= 8 ? 2 : 1}`)
    const platform = globalThis as unknown as Record<
      symbol,
      { constructor: new (options: object) => object }
    >
    const slowReply: Answer = async (response, request) => {
      await new Promise((resolve) => setTimeout(resolve, 2_500))
      await validReply(response, request)
    }
    const { server, model } = await openBehind(slowReply, { '/slow': slowReply })
    const dispatcher = platform[dispatcherSymbol]!
    platform[dispatcherSymbol] = new dispatcher.constructor({
      headersTimeout: 100,
      bodyTimeout: 100,
    }) as typeof dispatcher
    try {
      // Plain fetch gives up, so the time-outs are in effect.
      await expect(fetch(`${server.url}/slow`)).rejects.toThrow()
      expect(await model.generate('hello')).toMatchObject({ text: 'hi' })
    } finally {
      platform[dispatcherSymbol] = dispatcher
    }
  })
})
