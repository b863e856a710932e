import { type Model, NanoError, type Part } from '@nano/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openHttp } from '../../src/index.ts'
import {
  type Answer,
  chunk,
  fakeServer,
  type FakeServer,
  json,
  modelList,
  eventStream,
  sse,
  text,
  nextTurn,
  usageChunk,
} from '../fake-server.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function behind(
  answer: Answer,
  more: Readonly<Record<string, Answer>> = {},
): Promise<Model & { readonly server: FakeServer }> {
  const server = await fakeServer({
    '/v1/models': modelList,
    '/v1/chat/completions': answer,
    ...more,
  })
  const model = await openHttp({ url: server.url, apiKey: 'sk-nano-4f9a1c77e2' })
  open.push(
    () => model.close(),
    () => server.close(),
  )
  return Object.assign(model, { server })
}

const said = [
  chunk({ role: 'assistant', content: null }),
  chunk({ content: 'naïve ' }),
  chunk({ content: '日本語 🙂' }),
  chunk({}, 'stop'),
  usageChunk,
]
const good = said.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('') + 'data: [DONE]\n\n'
const reply = { text: 'naïve 日本語 🙂', finishReason: 'stop', usage: { input: 7, output: 3 } }
const failure = (model: Model) =>
  model.generate('hello').then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a stream is read the same', () => {
  it('however its bytes are cut, also inside a character', async () => {
    const bytes = new TextEncoder().encode(good)
    const model = await behind(
      eventStream(...Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))),
    )
    expect(await model.generate('hello')).toMatchObject(reply)
  })

  it.each([
    [
      'with comments and pings',
      `: hello\n\n:\n\n${good.replaceAll('data: {', ':\n\n: ping\n\ndata: {')}`,
    ],
    ['with CRLF', good.replaceAll('\n', '\r\n')],
    ['with CR alone', good.replaceAll('\n', '\r')],
    ['with a byte-order mark', `\uFEFF${good}`],
    [
      'with event names and ids',
      good.replaceAll('data: {', 'event: message\nid: 7\nretry: 10\ndata: {'),
    ],
    ['without a space after the colon', good.replaceAll('data: ', 'data:')],
    ['with events over several lines', good.replaceAll('"choices"', '\ndata: "choices"')],
    ['without [DONE]', good.replace('data: [DONE]\n\n', '')],
    ['without [DONE] and the last blank line', good.replace('\n\ndata: [DONE]\n\n', '')],
    ['with more after [DONE]', `${good}data: what is this\n\n`],
  ])('%s', async (_, body) => {
    expect(await (await behind(eventStream(body))).generate('hello')).toMatchObject(reply)
  })

  it('when the connection stays open behind the end', async () => {
    const model = await behind((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(good.replace('data: [DONE]\n\n', ''))
    })
    expect(await model.generate('hello')).toMatchObject(reply)
    await vi.waitFor(() => expect(model.server.openResponses).toBe(0))
  })

  it('when it trickles', async () => {
    const model = await behind(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const piece of good.match(/[^]{1,40}/g) ?? []) {
        response.write(piece)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      response.end()
    })
    expect(await model.generate('hello')).toMatchObject(reply)
  })

  it('from a server that does not stream', async () => {
    const model = await behind(
      json({
        choices: [
          { index: 0, message: { role: 'assistant', content: reply.text }, finish_reason: 'stop' },
        ],
        usage: { prompt_tokens: 7, completion_tokens: 3 },
      }),
    )
    expect(await model.generate('hello')).toMatchObject(reply)
  })
})

describe('what is no reply fails, and says why', () => {
  it.each<[string, Answer, Partial<NanoError> & { readonly says: RegExp }]>([
    [
      'a page of HTML under 200',
      text('<!doctype html><p>Welcome', 'text/html; charset=utf-8'),
      { code: 'bad-output', says: /HTML page/ },
    ],
    [
      'a page of HTML as events',
      eventStream('<!doctype html>\n<p>Welcome</p>\n'),
      { code: 'bad-output', says: /without a finish reason/ },
    ],
    [
      'an event that is not JSON',
      eventStream('data: {"choices": [\n\n'),
      { code: 'bad-output', says: /not JSON/ },
    ],
    [
      'JSON of another form',
      eventStream('data: {"choices": "none"}\n\n'),
      { code: 'bad-output', says: /unexpected form/ },
    ],
    [
      'an end without a reason',
      eventStream(`data: ${JSON.stringify(chunk({ content: 'a' }))}\n\ndata: [DONE]\n\n`),
      { code: 'bad-output', retryable: true, says: /without a finish reason/ },
    ],
    ['nothing at all', eventStream(), { code: 'bad-output', says: /without a finish reason/ }],
    [
      'an error in mid-stream, and [DONE] after it',
      sse(chunk({ content: 'a' }), {
        error: { message: 'engine died', type: 'server_error', code: 500 },
      }),
      { code: 'unavailable', retryable: true, says: /engine died/ },
    ],
    [
      'a flat error in mid-stream',
      sse(chunk({ content: 'a' }), {
        object: 'error',
        message: 'aborted',
        type: 'InternalServerError',
        code: 500,
      }),
      { code: 'unavailable', says: /aborted/ },
    ],
    [
      'an error under 200',
      json({ error: 'model runner has stopped' }),
      { code: 'unavailable', says: /runner has stopped/ },
    ],
    [
      'a reply the server broke off',
      sse(chunk({ content: 'a' }), chunk({}, 'abort')),
      { code: 'unavailable', retryable: true, says: /broke the reply off/ },
    ],
  ])('%s', async (_, answer, { says, ...error }) => {
    const thrown = await failure(await behind(answer))
    expect(thrown).toMatchObject(error)
    expect(NanoError.is(thrown) && thrown.message).toMatch(says)
  })

  it('a connection that dies in the middle', async () => {
    const model = await behind(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`data: ${JSON.stringify(chunk({ content: 'a' }))}\n\n`)
      await nextTurn()
      response.destroy()
    })
    expect(await failure(model)).toMatchObject({ code: 'unavailable', retryable: true })
  })

  it.each(['data: ', 'x'])(
    'a body without end, of %j, before it fills the memory',
    async (start) => {
      let sent = 0
      const model = await behind(async (response) => {
        response.writeHead(200, {
          'content-type': start === 'x' ? 'application/x-ndjson' : 'text/event-stream',
        })
        response.write(start)
        const block = 'x'.repeat(1 << 20)
        response.setMaxListeners(0)
        while (!response.destroyed && sent < 200) {
          sent++
          if (!response.write(block))
            await new Promise<void>((resolve) =>
              response.once('drain', resolve).once('close', resolve),
            )
        }
        response.end()
      })
      expect(await failure(model)).toMatchObject({ code: 'bad-output' })
      expect(sent).toBeLessThan(100)
    },
  )

  it('a server that is not there', async () => {
    const server = await fakeServer({})
    await server.close()
    await expect(openHttp({ url: server.url })).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringMatching(/cannot reach 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/) as string,
    })
  })
})

describe('a connection', () => {
  const endless: Answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const timer = setInterval(
      () => response.write(`data: ${JSON.stringify(chunk({ content: 'a' }))}\n\n`),
      1,
    )
    response.on('close', () => clearInterval(timer))
  }

  it('is closed when the call is aborted, with its reason', async () => {
    const model = await behind(endless)
    const abort = new AbortController()
    await expect(
      (async () => {
        for await (const _ of model.stream('hello', { signal: abort.signal })) abort.abort('enough')
      })(),
    ).rejects.toBe('enough')
    await expect.poll(() => model.server.openResponses).toBe(0)
  })

  it('is closed when the loop is left, and when the model is', async () => {
    const model = await behind(endless)
    for (let left = 0; left < 20; left++) for await (const _ of model.stream('hello')) break
    await expect.poll(() => model.server.openResponses).toBe(0)
    const parts: Part[] = []
    await expect(
      (async () => {
        for await (const part of model.stream('hello')) {
          parts.push(part)
          void model.close()
        }
      })(),
    ).rejects.toMatchObject({ code: 'closed' })
    await expect.poll(() => model.server.openResponses).toBe(0)
  })

  it('that says nothing is aborted as well', async () => {
    const model = await behind(
      (response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
    )
    await expect(
      model.generate('hello', { signal: AbortSignal.timeout(30) }),
    ).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('is closed when the call is aborted while its prompt is being tokenised', async () => {
    const silent: Answer = (response, { body }) =>
      void (body['content'] === ''
        ? json({ tokens: [] })(response, { path: '', body, headers: {} })
        : undefined)
    const props = json({ default_generation_settings: { n_ctx: 4_096 } })
    const listed = json({ data: [{ id: 'm', meta: { n_vocab: 640, n_params: 1_000 } }] })
    const server = await fakeServer({ '/props': props, '/v1/models': listed, '/tokenize': silent })
    const model = await openHttp({ url: server.url, format: 'llama-3' })
    open.push(
      () => model.close(),
      () => server.close(),
    )
    expect(model.capabilities.render).toBe(true)
    await expect(
      model.generate('hello', { signal: AbortSignal.timeout(30) }),
    ).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect.poll(() => server.openResponses).toBe(0)
  })

  it('that the server has closed in the meantime is made again', async () => {
    let closing = 0
    const model = await behind((response, asked) => {
      // As if it had been closed while the request was on its way.
      if (closing-- > 0) response.destroy()
      else void eventStream(good)(response, asked)
    })
    for (closing of [1, 2]) expect(await model.generate('hello')).toMatchObject(reply)
    closing = 3
    expect(await failure(model)).toMatchObject({ code: 'unavailable', retryable: true })
  })

  it('that has served a reply serves the next', async () => {
    // The body ends a little after its last words, as it does across a network.
    const model = await behind((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(good)
      setTimeout(() => response.end(), 1)
    })
    const before = model.server.connectionCount
    for (let again = 0; again < 10; again++) await model.generate('hello')
    expect(model.server.connectionCount - before).toBeLessThan(9)
  })

  it('outlives the time-outs of the platform', async () => {
    const name = Symbol.for(
      `undici.globalDispatcher.${Number.parseInt(process.versions.undici ?? '0', 10) >= 8 ? 2 : 1}`,
    )
    const shared = globalThis as unknown as Record<
      symbol,
      { constructor: new (options: object) => object }
    >
    const slow: Answer = async (response) => {
      await new Promise((resolve) => setTimeout(resolve, 2_500))
      await eventStream(good)(response, { path: '', body: {}, headers: {} })
    }
    const model = await behind(slow, { '/slow': slow })
    const before = shared[name]!
    shared[name] = new before.constructor({
      headersTimeout: 100,
      bodyTimeout: 100,
    }) as (typeof shared)[symbol]
    try {
      // The platform by itself gives up, so the setting is one that counts.
      await expect(fetch(`${model.server.url}/slow`)).rejects.toThrow()
      expect(await model.generate('hello')).toMatchObject(reply)
    } finally {
      shared[name] = before
    }
  })
})
