import { describe, expect, it, onTestFinished } from 'vitest'
import { openHttp } from '../../src/index.ts'
import {
  type Answer,
  chunk,
  eventOf,
  type FakeServer,
  json,
  modelList,
  sse,
} from '../fake-server.ts'
import { describedServer } from '../fixture-server.ts'
import { openModel, startChatServer, startFakeServer } from '../open-model.ts'
import { chatCount, chatPath, failWith, openPool, replyWith } from './open-pool.ts'

describe('a call', () => {
  it.each([
    [503, 'loading'],
    [500, 'broken'],
    [401, 'another key'],
    [404, 'no such model'],
    [429, 'busy'],
  ])('moves to another server after status %i', async (status, message) => {
    const { model, servers } = await openPool([failWith(status, message), replyWith('here')])
    for (let count = 0; count < 3; count++)
      expect((await model.generate(`hello ${count}`)).text).toBe('here')
    expect(chatCount(servers[1])).toBe(3)
    // The server is suspended, unless it only limits the rate.
    expect(chatCount(servers[0])).toBe(status === 429 ? 3 : 1)
  })

  it('that is invalid fails at once', async () => {
    const { model, servers } = await openPool([
      failWith(400, 'top_p must be in (0, 1]'),
      replyWith('here'),
    ])
    await expect(model.generate('hello')).rejects.toMatchObject({ code: 'invalid-request' })
    expect(chatCount(servers[1])).toBe(0)
  })

  it('that no server can serve fails with all messages and the time of a retry', async () => {
    const { model } = await openPool([
      failWith(429, 'busy', { 'retry-after': '2' }),
      failWith(429, 'busy too', { 'retry-after': '2' }),
    ])
    await expect(model.generate('hello')).rejects.toMatchObject({
      code: 'rate-limited',
      retryable: true,
      retryAfter: 2_000,
      message: expect.stringMatching(/busy.*; .*busy too/) as string,
    })
  })

  it('that fails after its first part does not start again on another server', async () => {
    const brokenReply = sse(chunk({ content: 'he' }), { error: { message: 'died', code: 500 } })
    const { model, servers } = await openPool([brokenReply, replyWith('here')])
    await expect(model.generate('hello')).rejects.toMatchObject({ code: 'unavailable' })
    expect(chatCount(servers[1])).toBe(0)
  })

  it('that is aborted does not move to another server', async () => {
    const { model, servers } = await openPool([() => {}, replyWith('here')])
    await expect(
      model.generate('hello', { signal: AbortSignal.timeout(50) }),
    ).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(chatCount(servers[1])).toBe(0)
  })

  it('goes to the least busy server, and back to the server of its conversation', async () => {
    let release = () => {}
    const releaseSignal = new Promise<void>((resolve) => {
      release = resolve
    })
    const { model, servers } = await openPool([
      async (response, request) => {
        await releaseSignal
        await replyWith('slow')(response, request)
      },
      replyWith('quick'),
    ])
    const firstReply = model.generate('one')
    await expect.poll(() => chatCount(servers[0])).toBe(1)
    for (let count = 0; count < 3; count++)
      expect((await model.generate(`other ${count}`)).text).toBe('quick')
    release()
    const { message } = await firstReply
    await model.generate({
      messages: [{ role: 'user', content: 'one' }, message, { role: 'user', content: 'two' }],
    })
    expect(chatCount(servers[0])).toBe(2)
    expect(chatCount(servers[1])).toBe(3)
  })
})

describe('a server that falls silent', () => {
  it('loses its calls to another server, and serves again when it answers', async () => {
    let isSilent = true
    // The first request opens the model; after it the server is silent.
    const firstServer: FakeServer = await startFakeServer({
      '/v1/models': (response, request) =>
        isSilent && firstServer.requests.length > 1 ? undefined : modelList(response, request),
      [chatPath]: (response, request) =>
        isSilent ? undefined : replyWith('first')(response, request),
    })
    const secondServer = await startChatServer(replyWith('second'))
    const model = await openModel({
      endpoints: [firstServer.url, secondServer.url],
      server: 'openai-compatible',
      model: 'm',
      livenessTimeout: 600,
    })
    const startedAt = performance.now()
    const replies = await Promise.all([1, 2, 3, 4].map((index) => model.generate(`hello ${index}`)))
    expect(replies.map(({ text }) => text)).toEqual(['second', 'second', 'second', 'second'])
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    isSilent = false
    await expect
      .poll(async () => (await model.generate(`again ${Math.random()}`)).text, { timeout: 5_000 })
      .toBe('first')
  })

  it('to liveness checks only, keeps the calls that it answers', async () => {
    const slowReply: Answer = async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (let index = 0; index < 40; index++) {
        response.write(eventOf(chunk({ content: `${index} ` })))
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      response.end(eventOf(chunk({ content: 'end' }, 'stop')) + 'data: [DONE]\n\n')
    }
    let checkCount = 0
    const server = await startChatServer(slowReply, {
      // The first request opens the model.
      '/v1/models': (response, request) =>
        ++checkCount > 1 ? undefined : modelList(response, request),
    })
    const model = await openModel({
      endpoints: [server.url],
      server: 'openai-compatible',
      livenessTimeout: 600,
    })
    expect((await model.generate('hello')).text).toMatch(/^0 1 2 .*39 end$/)
    expect(checkCount).toBeGreaterThan(2)
  })
})

describe('opening', () => {
  it.each<[string, Answer]>([
    ['is loading', failWith(503, 'Loading model')],
    ['lists no model yet', json({ object: 'list', data: [] })],
  ])('does not wait for a server that %s beside one that is ready', async (_, answer) => {
    const firstServer = await startChatServer(replyWith('first'), { '/v1/models': answer })
    const secondServer = await startChatServer(replyWith('second'))
    const model = await openModel({
      endpoints: [firstServer.url, secondServer.url],
      server: 'openai-compatible',
    })
    expect((await model.generate('hello')).text).toBe('second')
  })

  it('does not wait for a silent server, which serves once it answers', async () => {
    let isSilent = true
    const firstServer = await startChatServer(replyWith('first'), {
      '/v1/models': (response, request) => (isSilent ? undefined : modelList(response, request)),
    })
    const secondServer = await startChatServer(replyWith('second'))
    const model = await openModel({
      endpoints: [firstServer.url, secondServer.url],
      server: 'openai-compatible',
      livenessTimeout: 600,
    })
    expect((await model.generate('hello')).text).toBe('second')
    isSilent = false
    await expect
      .poll(async () => (await model.generate(`again ${Math.random()}`)).text, { timeout: 5_000 })
      .toBe('first')
  })

  it('rejects where no server answers, and where one refuses', async () => {
    const silentServer = await startFakeServer({ '/v1/models': () => {} })
    const lockedServer = await startFakeServer({ '/v1/models': failWith(401, 'a key, please') })
    const openServer = await startFakeServer({ '/v1/models': modelList })
    await expect(
      openHttp({ endpoints: [silentServer.url], server: 'vllm', livenessTimeout: 100 }),
    ).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    await expect(
      openHttp({
        endpoints: [openServer.url, lockedServer.url],
        server: 'vllm',
        livenessTimeout: 5_000,
      }),
    ).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('refuses servers of which only one counts the tokens of a prompt', async () => {
    const [vllm, nim] = [await describedServer('vllm'), await describedServer('nim')]
    onTestFinished(async () => {
      await vllm.close()
      await nim.close()
    })
    await expect(openHttp({ endpoints: [vllm.url, nim.url] })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(/serve one model in the same way.*countTokens/) as string,
    })
  })
})
