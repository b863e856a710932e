import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { openHttp } from '../../src/index.ts'
import {
  type Answer,
  chunk,
  eventOf,
  eventStream,
  fakeServer,
  json,
  nextTurn,
  sse,
  text,
} from '../fake-server.ts'
import { openModel, startChatServer } from '../open-model.ts'

async function errorFrom(answer: Answer): Promise<unknown> {
  const server = await startChatServer(answer)
  const model = await openModel({ url: server.url })
  return model.generate('hello').then(
    () => undefined,
    (error: unknown) => error,
  )
}

const firstEvent = eventOf(chunk({ content: 'a' }))

describe('generate rejects when the server sends', () => {
  it.each<[string, Answer, Partial<NanoError> & { readonly pattern: RegExp }]>([
    [
      'an HTML page under the status 200',
      text('<!doctype html><p>Welcome', 'text/html; charset=utf-8'),
      { code: 'bad-output', retryable: true, pattern: /an HTML page instead of JSON/ },
    ],
    [
      'an HTML page as an event stream',
      eventStream('<!doctype html>\n<p>Welcome</p>\n'),
      { code: 'bad-output', pattern: /an HTML page instead of JSON/ },
    ],
    [
      'an event that is not JSON',
      eventStream('data: {"choices": [\n\n'),
      { code: 'bad-output', pattern: /not JSON/ },
    ],
    [
      'a word in place of JSON',
      eventStream(`${firstEvent}data: Model error\n\n`),
      { code: 'unavailable', retryable: true, pattern: /failed \(Model error\)/ },
    ],
    [
      'a text in JSON',
      eventStream(`${firstEvent}data: "queue timeout"\n\n`),
      { code: 'unavailable', retryable: true, pattern: /failed \(queue timeout\)/ },
    ],
    [
      'a sentence in place of JSON',
      eventStream('data: Prompt sequence length is greater than 4096\n\n'),
      { code: 'context-overflow', retryable: false, pattern: /greater than 4096/ },
    ],
    [
      'a word in place of a line of JSON',
      text('{"message":{"content":"a"}}\nunexpected EOF\n', 'application/x-ndjson'),
      { code: 'unavailable', retryable: true, pattern: /failed \(unexpected EOF\)/ },
    ],
    [
      'the words of a proxy under the status 200',
      text('upstream connect error: reset', 'text/plain'),
      { code: 'unavailable', retryable: true, pattern: /failed \(upstream connect error: reset\)/ },
    ],
    [
      'words without end',
      async (response) => {
        response.writeHead(200, { 'content-type': 'text/plain' })
        while (!response.destroyed) {
          response.write('no such host\n'.repeat(1_000))
          await nextTurn()
        }
      },
      { code: 'unavailable', retryable: true, pattern: /failed \(no such host/ },
    ],
    [
      'an error in a field of its own',
      eventStream(`${firstEvent}error: {"code": 500, "message": "no slot", "type": "x"}\n\n`),
      { code: 'unavailable', retryable: true, pattern: /failed \(no slot\)/ },
    ],
    [
      'an error of mistral.rs',
      eventStream('data: {"message": "it failed", "partial_response": {}}\n\n'),
      { code: 'unavailable', retryable: true, pattern: /failed \(it failed\)/ },
    ],
    [
      'an error without a field for it',
      json({ code: 404, message: 'no such model' }),
      { code: 'not-found', retryable: false, pattern: /failed \(no such model\)/ },
    ],
    [
      'a rate limit under the status 200',
      eventStream('data: {"error": {"message": "try again in 2s", "code": 429}}\n\n'),
      { code: 'rate-limited', retryAfter: 2_000, pattern: /failed \(try again in 2s\)/ },
    ],
    [
      'an error that is true',
      eventStream('data: {"error": true, "message": "it failed"}\n\n'),
      { code: 'unavailable', retryable: true, pattern: /failed \(it failed\)/ },
    ],
    [
      'JSON of another form',
      eventStream('data: {"choices": "none"}\n\n'),
      { code: 'bad-output', pattern: /unexpected form/ },
    ],
    [
      'an end without a finish reason',
      eventStream(`${firstEvent}data: [DONE]\n\n`),
      { code: 'bad-output', retryable: true, pattern: /without a finish reason/ },
    ],
    ['an empty stream', eventStream(), { code: 'bad-output', pattern: /without a finish reason/ }],
    [
      'an error in the middle of the stream',
      sse(chunk({ content: 'a' }), {
        error: { message: 'engine died', type: 'server_error', code: 500 },
      }),
      { code: 'unavailable', retryable: true, pattern: /engine died/ },
    ],
    [
      'an error without the field `error` in the middle of the stream',
      sse(chunk({ content: 'a' }), {
        object: 'error',
        message: 'aborted',
        type: 'InternalServerError',
        code: 500,
      }),
      { code: 'unavailable', pattern: /aborted/ },
    ],
    [
      'an error between the events of a stream',
      eventStream(firstEvent, '{"error": {"message": "slow down", "code": 429}}\n'),
      { code: 'rate-limited', retryable: true, pattern: /slow down/ },
    ],
    [
      'an error over several lines as an event stream',
      eventStream(JSON.stringify({ error: { message: 'no such model', code: 404 } }, null, 2)),
      { code: 'not-found', pattern: /no such model/ },
    ],
    [
      'an error in a list as an event stream',
      eventStream('[{"error": {"message": "bad key", "status": "UNAUTHENTICATED", "code": 401}}]'),
      { code: 'unauthorized', pattern: /bad key/ },
    ],
    [
      'an event named error with words',
      eventStream(firstEvent, 'event: error\ndata: engine died\n\n'),
      { code: 'unavailable', retryable: true, pattern: /engine died/ },
    ],
    [
      'an event named error with the fields of one',
      eventStream('event: error\ndata: {"error":{"type":"overloaded_error","message":"Busy"}}\n\n'),
      { code: 'unavailable', retryable: true, pattern: /Busy/ },
    ],
    [
      'an event named error whose data has code and message alone',
      eventStream('event: error\ndata: {"code": 400, "message": "top_k is too large"}\n\n'),
      { code: 'invalid-request', retryable: false, pattern: /top_k is too large/ },
    ],
    [
      'an error whose type alone tells its kind',
      eventStream('data: {"error": {"type": "invalid_request_error", "message": "No"}}\n\n'),
      { code: 'invalid-request', retryable: false, pattern: /No/ },
    ],
    [
      'an error under the status 200',
      json({ error: 'model runner has stopped' }),
      { code: 'unavailable', pattern: /runner has stopped/ },
    ],
  ])('%s', async (_, answer, { pattern, ...error }) => {
    const caughtError = await errorFrom(answer)
    expect(caughtError).toMatchObject(error)
    expect(NanoError.is(caughtError) && caughtError.message).toMatch(pattern)
  })

  it('nothing more after the connection breaks', async () => {
    const error = await errorFrom(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(firstEvent)
      await nextTurn()
      response.destroy()
    })
    expect(error).toMatchObject({ code: 'unavailable', retryable: true })
  })

  it.each(['data: ', '{"a": "', 'x'])(
    'a body without end that begins with %j, before it fills the memory',
    async (start) => {
      let blockCount = 0
      const error = await errorFrom(async (response) => {
        response.writeHead(200, {
          'content-type': start === 'x' ? 'application/x-ndjson' : 'text/event-stream',
        })
        response.write(start)
        const block = 'x'.repeat(1 << 20)
        response.setMaxListeners(0)
        while (!response.destroyed && blockCount < 200) {
          blockCount++
          if (!response.write(block))
            await new Promise<void>((resolve) =>
              response.once('drain', resolve).once('close', resolve),
            )
        }
        response.end()
      })
      expect(error).toMatchObject({ code: 'bad-output' })
      expect(blockCount).toBeLessThan(100)
    },
  )
})

describe('opening rejects when', () => {
  it('no server listens at the address', async () => {
    const server = await fakeServer({})
    await server.close()
    await expect(openHttp({ url: server.url })).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringMatching(/cannot reach 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/) as string,
    })
  })
})
