import { type Model, retry } from '@nano/core'
import { describe, expect, it, vi } from 'vitest'
import { type Answer, chunk, eventOf, type FakeServer, json, modelList } from '../fake-server.ts'
import { openModel, startChatServer, startFakeServer } from '../open-model.ts'
import { chatCount, failWith, openPool, replyWith } from './open-pool.ts'

const countChats = (servers: readonly FakeServer[]) =>
  servers.reduce((sum, server) => sum + (chatCount(server) ?? 0), 0)

/** Asks for a reply for which the first server takes longer than the caller waits. */
async function expectTimeout(model: Model, milliseconds: number): Promise<void> {
  const reply = model.generate('hello', { signal: AbortSignal.timeout(milliseconds) })
  await expect(reply).rejects.toMatchObject({ name: 'TimeoutError' })
}

/** Repeats the question, and `first` gets none of it. */
async function expectAnswersOfSecond(model: Model, first: FakeServer | undefined): Promise<void> {
  for (let count = 0; count < 3; count++)
    expect((await model.generate('hello')).text).toBe('second')
  expect(chatCount(first)).toBe(1)
}

const errorOf = (model: Model) => model.generate('hello').catch((error: unknown) => error)

/** What a server does that breaks down over a request. */
const breakdowns: readonly [string, Answer][] = [
  ['breaks the connection', (response) => void response.destroy()],
  ['answers 500', failWith(500, 'engine died')],
  ['has a proxy that answers 502', failWith(502, 'Bad Gateway')],
  ['keeps a proxy waiting that answers 504', failWith(504, 'Gateway Time-out')],
  ['keeps a proxy waiting that answers 524', failWith(524, 'A Timeout Occurred')],
  [
    'fails within the stream',
    (response) =>
      void response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(eventOf({ error: { message: 'engine died', code: 500 } })),
  ],
  [
    'ends the stream with nothing',
    (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(),
  ],
]

describe.each(breakdowns)('a request after which a server %s', (_, breakDown) => {
  it('is sent to one other server, and to no third one', async () => {
    const { model, servers } = await openPool([
      ...Array.from({ length: 3 }, () => breakDown),
      replyWith('here'),
    ])
    expect(await errorOf(model)).toMatchObject({ retryable: false })
    expect(countChats(servers)).toBe(2)
  })

  it('is not sent a third time by retry()', async () => {
    const { model, servers } = await openPool([breakDown])
    expect(await errorOf(model.with(retry({ attempts: 5, delay: 1 })))).toMatchObject({
      retryable: false,
    })
    expect(countChats(servers)).toBe(2)
  })
})

describe('a call', () => {
  it('moves on from every server that refuses the connection', async () => {
    const { model, servers } = await openPool([0, 1, 2, 3].map(() => replyWith('here')))
    for (const server of servers.slice(0, 3)) await server.close()
    expect((await model.generate('hello')).text).toBe('here')
  })

  it.each([
    [503, 'loading'],
    [408, 'too slow'],
    [429, 'busy'],
    [401, 'another key'],
  ])('moves on from every server that turns it away with status %i', async (status, message) => {
    const answers = Array.from({ length: 3 }, () => failWith(status, message))
    const { model } = await openPool([...answers, replyWith('here')])
    expect((await model.generate('hello')).text).toBe('here')
  })

  it('is not lost to servers that always fail, beside one that works', async () => {
    const { model } = await openPool([
      failWith(500, 'broken'),
      replyWith('here'),
      failWith(500, 'broken'),
    ])
    for (let count = 0; count < 20; count++) {
      expect((await model.generate(`hello ${count}`)).text).toBe('here')
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
  })
})

describe('a server that hangs, and answers liveness checks', () => {
  const hang: Answer = () => {}

  it('loses its calls to another one after firstPartTimeout', async () => {
    const servers = [await startChatServer(hang), await startChatServer(replyWith('second'))]
    const model = await openModel({
      endpoints: servers.map(({ url }) => url),
      firstPartTimeout: 200,
    })
    for (let count = 0; count < 4; count++)
      expect((await model.generate(`hello ${count}`)).text).toBe('second')
    expect(chatCount(servers[0])).toBe(1)
  })

  it('loses its calls to the last of four', async () => {
    const servers = await Promise.all(
      [hang, hang, hang, replyWith('fourth')].map((answer) => startChatServer(answer)),
    )
    const model = await openModel({
      endpoints: servers.map(({ url }) => url),
      firstPartTimeout: 100,
    })
    expect((await model.generate('hello')).text).toBe('fourth')
  })

  it('gets no further call of a conversation whose first one timed out', async () => {
    const { model, servers } = await openPool([hang, replyWith('second')])
    await expectTimeout(model, 100)
    await expectAnswersOfSecond(model, servers[0])
  })

  it('gets no further call of a conversation in whose reply it fell silent', async () => {
    const { model, servers } = await openPool([
      (response) =>
        void response
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .write(eventOf(chunk({ content: 'he' }))),
      replyWith('second'),
    ])
    await expectTimeout(model, 1_500)
    await expectAnswersOfSecond(model, servers[0])
  })

  it('loses the tokens that it is asked for, too', async () => {
    let isHung = false
    const start = () =>
      startFakeServer({
        '/props': json({ default_generation_settings: { n_ctx: 4_096 } }),
        '/v1/models': json({ data: [{ id: 'm', meta: { n_vocab: 640, n_params: 1_000 } }] }),
        '/health': json({ status: 'ok' }),
        '/tokenize': (response, request) =>
          isHung ? undefined : json({ tokens: [1, 2] })(response, request),
      })
    const servers = [await start(), await start()]
    const model = await openModel({
      endpoints: servers.map(({ url }) => url),
      format: 'llama-3',
      firstPartTimeout: 200,
    })
    expect(await model.tokenize('hello')).toEqual([1, 2])
    isHung = true
    await expect(model.tokenize('hello')).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('a server that joins a pool later', () => {
  const firstAnswer = json({ error: { message: 'Loading model' } }, 503)
  const startPair = async (models: Answer, options: object = {}) => {
    let isReady = false
    const lateServer = await startChatServer(replyWith('late'), {
      '/v1/models': (response, request) => (isReady ? models : firstAnswer)(response, request),
    })
    const earlyServer = await startChatServer(replyWith('early'))
    const model = await openModel({
      endpoints: [lateServer.url, earlyServer.url],
      server: 'openai-compatible',
      ...options,
    })
    isReady = true
    return model
  }

  it('may take longer than livenessTimeout to be opened, while it answers', async () => {
    const slowly =
      (answer: Answer): Answer =>
      async (response, request) => {
        await new Promise((resolve) => setTimeout(resolve, 150))
        await answer(response, request)
      }
    let isReady = false
    const start = (isLate: boolean) =>
      startChatServer(replyWith(isLate ? 'late' : 'early'), {
        '/props': (response, request) =>
          isLate && !isReady
            ? firstAnswer(response, request)
            : slowly(json({ default_generation_settings: { n_ctx: 4_096 }, model_path: 'm' }))(
                response,
                request,
              ),
        '/v1/models': slowly(json({ data: [{ id: 'm' }] })),
        '/health': json({ status: 'ok' }),
      })
    const servers = [await start(true), await start(false)]
    const model = await openModel({
      endpoints: servers.map(({ url }) => url),
      mode: 'chat',
      livenessTimeout: 300,
    })
    isReady = true
    await expect
      .poll(async () => (await model.generate(`${Math.random()}`)).text, { timeout: 5_000 })
      .toBe('late')
  })

  it('with another model is left out, and said once', async () => {
    const onWarning = vi.fn<(message: string) => void>()
    const model = await startPair(json({ data: [{ id: 'another' }] }), { onWarning })
    await expect.poll(() => onWarning.mock.calls.length, { timeout: 5_000 }).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    expect(onWarning.mock.calls).toEqual([[expect.stringMatching(/has another.*has m/)]])
    expect((await model.generate('hello')).text).toBe('early')
  })

  it('is used once it is ready', async () => {
    const model = await startPair(modelList)
    await expect
      .poll(async () => (await model.generate(`${Math.random()}`)).text, { timeout: 5_000 })
      .toBe('late')
  })
})

it.each([521, 522, 523, 529])(
  'a call goes past each proxy that reaches no server (%i)',
  async (status) => {
    const { model } = await openPool([
      ...Array.from({ length: 3 }, () => failWith(status, 'no server')),
      replyWith('here'),
    ])
    expect((await model.generate('hi')).text).toBe('here')
  },
)
