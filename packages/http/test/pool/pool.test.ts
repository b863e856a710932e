import type { Model } from '@nano/core'
import { afterEach, describe, expect, it } from 'vitest'
import { openHttp } from '../../src/index.ts'
import {
  type Answer,
  chunk,
  fakeServer,
  type FakeServer,
  json,
  modelList,
  sse,
  usageChunk,
} from '../fake-server.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

const chat = '/v1/chat/completions'
const says = (text: string) => sse(chunk({ content: text }), chunk({}, 'stop'), usageChunk)
const refuses = (status: number, message: string, headers = {}) =>
  json({ error: { message, type: 'error' } }, status, headers)

async function over(
  answers: readonly Answer[],
  options: object = {},
): Promise<{ readonly model: Model; readonly servers: readonly FakeServer[] }> {
  const servers = await Promise.all(
    answers.map((answer) => fakeServer({ '/v1/models': modelList, [chat]: answer })),
  )
  open.push(...servers.map((server) => () => server.close()))
  const model = await openHttp({
    endpoints: servers.map(({ url }) => url),
    livenessTimeout: 10_000,
    ...options,
  })
  open.unshift(() => model.close())
  return { model, servers }
}

const asked = (server: FakeServer | undefined) =>
  server?.requests.filter(({ path }) => path === chat).length

describe('a call that one server cannot serve', () => {
  it.each([
    [503, 'loading'],
    [500, 'broken'],
    [401, 'another key'],
    [404, 'no such model'],
    [429, 'busy'],
  ])('goes to the next after %i', async (status, message) => {
    const { model, servers } = await over([refuses(status, message), says('here')])
    for (let again = 0; again < 3; again++)
      expect((await model.generate(`hello ${again}`)).text).toBe('here')
    expect(asked(servers[1])).toBe(3)
    // It rests; one that is only busy is asked again.
    expect(asked(servers[0])).toBe(status === 429 ? 3 : 1)
  })

  it('because it is wrong fails at once', async () => {
    const { model, servers } = await over([refuses(400, 'top_p must be in (0, 1]'), says('here')])
    await expect(model.generate('hello')).rejects.toMatchObject({ code: 'invalid-request' })
    expect(asked(servers[1])).toBe(0)
  })

  it('fails as one when none can, with the shortest answer to when', async () => {
    const { model } = await over([
      refuses(429, 'busy', { 'retry-after': '2' }),
      refuses(429, 'busy too', { 'retry-after': '2' }),
    ])
    await expect(model.generate('hello')).rejects.toMatchObject({
      code: 'rate-limited',
      retryable: true,
      retryAfter: 2_000,
      message: expect.stringMatching(/busy.*; .*busy too/) as string,
    })
  })

  it('after its first part fails, and is not begun again', async () => {
    const broken = sse(chunk({ content: 'he' }), { error: { message: 'died', code: 500 } })
    const { model, servers } = await over([broken, says('here')])
    await expect(model.generate('hello')).rejects.toMatchObject({ code: 'unavailable' })
    expect(asked(servers[1])).toBe(0)
  })

  it('and is aborted there, is served nowhere else', async () => {
    const { model, servers } = await over([() => {}, says('here')])
    await expect(
      model.generate('hello', { signal: AbortSignal.timeout(50) }),
    ).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(asked(servers[1])).toBe(0)
  })
})

describe('a server that fell silent', () => {
  it('loses its calls to others, and is used again when it answers', async () => {
    let silent = true
    const quiet =
      (answer: Answer, after = 0): Answer =>
      (response, one) =>
        silent && first.requests.length > after ? undefined : answer(response, one)
    // Opened by one question, and silent from then on.
    const first: FakeServer = await fakeServer({
      '/v1/models': quiet(modelList, 1),
      [chat]: quiet(says('first')),
    })
    const second = await fakeServer({ '/v1/models': modelList, [chat]: says('second') })
    const model = await openHttp({
      endpoints: [first.url, second.url],
      server: 'openai-compatible',
      model: 'm',
      livenessTimeout: 600,
    })
    open.push(
      () => model.close(),
      () => first.close(),
      () => second.close(),
    )
    const begun = performance.now()
    const texts = await Promise.all(
      [1, 2, 3, 4].map((index) => model.generate(`hello ${index}`).then(({ text }) => text)),
    )
    expect(texts).toEqual(['second', 'second', 'second', 'second'])
    expect(performance.now() - begun).toBeLessThan(5_000)
    silent = false
    await expect
      .poll(async () => (await model.generate(`again ${Math.random()}`)).text, { timeout: 5_000 })
      .toBe('first')
  })
})

describe('opening', () => {
  it('does not wait for a server that says nothing, and uses it when it speaks', async () => {
    let silent = true
    const first = await fakeServer({
      '/v1/models': (response, one) => (silent ? undefined : modelList(response, one)),
      [chat]: says('first'),
    })
    const second = await fakeServer({ '/v1/models': modelList, [chat]: says('second') })
    const model = await openHttp({
      endpoints: [first.url, second.url],
      server: 'openai-compatible',
      livenessTimeout: 600,
    })
    open.push(
      () => model.close(),
      () => first.close(),
      () => second.close(),
    )
    expect((await model.generate('hello')).text).toBe('second')
    silent = false
    await expect
      .poll(async () => (await model.generate(`again ${Math.random()}`)).text, { timeout: 5_000 })
      .toBe('first')
  })

  it('fails where no server says anything, and where one refuses', async () => {
    const quiet = await fakeServer({ '/v1/models': () => {} })
    const locked = await fakeServer({ '/v1/models': refuses(401, 'a key, please') })
    const good = await fakeServer({ '/v1/models': modelList })
    open.push(
      () => quiet.close(),
      () => locked.close(),
      () => good.close(),
    )
    await expect(
      openHttp({ endpoints: [quiet.url], server: 'vllm', livenessTimeout: 100 }),
    ).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    await expect(
      openHttp({ endpoints: [good.url, locked.url], server: 'vllm', livenessTimeout: 5_000 }),
    ).rejects.toMatchObject({ code: 'unauthorized' })
  })
})

describe('a server that only has no time for the question', () => {
  it('keeps the calls that it goes on answering', async () => {
    const busy: Answer = async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (let index = 0; index < 40; index++) {
        response.write(`data: ${JSON.stringify(chunk({ content: `${index} ` }))}\n\n`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      await says('end')(Object.assign(response, { writeHead: () => response }), {
        path: '',
        body: {},
        headers: {},
      })
    }
    let questions = 0
    // As many as opening takes; after that, no answer.
    const server = await fakeServer({
      '/v1/models': (response, one) => (++questions > 1 ? undefined : modelList(response, one)),
      [chat]: busy,
    })
    const model = await openHttp({
      endpoints: [server.url],
      server: 'openai-compatible',
      livenessTimeout: 600,
    })
    open.push(
      () => model.close(),
      () => server.close(),
    )
    expect((await model.generate('hello')).text).toMatch(/^0 1 2 .*39 end$/)
    expect(questions).toBeGreaterThan(2)
  })
})

describe('work', () => {
  it('goes to the least busy, and a conversation back to where it was', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow: Answer = async (response, one) => {
      await held
      await says('slow')(response, one)
    }
    const { model, servers } = await over([slow, says('quick')])
    const first = model.generate('one')
    await expect.poll(() => asked(servers[0])).toBe(1)
    for (let again = 0; again < 3; again++)
      expect((await model.generate(`other ${again}`)).text).toBe('quick')
    release()
    const { message } = await first
    await model.generate({
      messages: [{ role: 'user', content: 'one' }, message, { role: 'user', content: 'two' }],
    })
    expect(asked(servers[0])).toBe(2)
    expect(asked(servers[1])).toBe(3)
  })
})
