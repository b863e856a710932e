import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Answer, chunk, eventOf, eventStream, json, text, usageChunk } from '../fake-server.ts'
import { openModel, startChatServer } from '../open-model.ts'
import { slowBody } from '../slow-body.ts'

const validStream =
  [
    chunk({ role: 'assistant', content: null }),
    chunk({ content: 'naïve ' }),
    chunk({ content: '日本語 🙂' }),
    chunk({}, 'stop'),
    usageChunk,
  ]
    .map(eventOf)
    .join('') + 'data: [DONE]\n\n'
const expectedReply = {
  text: 'naïve 日本語 🙂',
  finishReason: 'stop',
  usage: { input: 7, output: 3 },
}

async function replyTo(answer: Answer) {
  const server = await startChatServer(answer)
  const model = await openModel({ url: server.url })
  return { server, reply: await model.generate('hello') }
}

/** The reply of a server that waits for `pause` milliseconds behind each piece of its stream. */
async function slowReply(pause: number, pieces: readonly string[]) {
  const model = await openModel({
    url: 'http://slow',
    server: 'openai-compatible',
    fetch: async (url) =>
      String(url).endsWith('/v1/models')
        ? Response.json({ data: [{ id: 'm' }] })
        : new Response(slowBody(pause, pieces), {
            headers: { 'content-type': 'text/event-stream' },
          }),
  })
  return model.generate('hello')
}

describe('an event stream reads the same', () => {
  it('in pieces of one byte, which split characters', async () => {
    const bytes = new TextEncoder().encode(validStream)
    const pieces = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))
    const { reply } = await replyTo(eventStream(...pieces))
    expect(reply).toMatchObject(expectedReply)
  })

  it.each([
    [
      'with comments and pings',
      `: hello\n\n:\n\n${validStream.replaceAll('data: {', ':\n\n: ping\n\ndata: {')}`,
    ],
    ['with CRLF', validStream.replaceAll('\n', '\r\n')],
    ['with CR alone', validStream.replaceAll('\n', '\r')],
    ['with a byte-order mark', `\uFEFF${validStream}`],
    [
      'with event names and ids',
      validStream.replaceAll('data: {', 'event: message\nid: 7\nretry: 10\ndata: {'),
    ],
    ['without a space after the colon', validStream.replaceAll('data: ', 'data:')],
    ['with events over several lines', validStream.replaceAll('"choices"', '\ndata: "choices"')],
    ['without [DONE]', validStream.replace('data: [DONE]\n\n', '')],
    ['without [DONE] and the last blank line', validStream.replace('\n\ndata: [DONE]\n\n', '')],
    [
      'with null and empty data',
      validStream.replaceAll('data: {', 'data: null\n\ndata:\n\ndata: {'),
    ],
    ['with spaces around [DONE]', validStream.replace('[DONE]', ' [DONE] ')],
    ['with [done] in lower case', validStream.replace('[DONE]', '[done]')],
    ['with [DONE] as JSON', validStream.replace('[DONE]', '"[DONE]"')],
    ['with events in events', validStream.replaceAll('data: ', 'data: data: ')],
    ['with errors that are false', validStream.replaceAll('data: {', 'data: {"error": false, ')],
    [
      'with empty errors',
      validStream.replaceAll('data: {', 'data: {"error": "", "detail": null, '),
    ],
    [
      'with errors that say nothing',
      validStream.replaceAll(
        'data: {',
        'data: {"error": {"message": "", "type": null, "code": 0}, ',
      ),
    ],
    ['with null choices beside the usage', validStream.replace('"choices":[]', '"choices":null')],
    ['with null in place of what is empty', validStream.replaceAll('"delta":{}', '"delta":null')],
    ['with more after [DONE]', `${validStream}data: what is this\n\n`],
  ])('%s', async (_, body) => {
    const { reply } = await replyTo(eventStream(body))
    expect(reply).toMatchObject(expectedReply)
  })

  it('where the usage has another form, which is left out', async () => {
    for (const usage of ['[]', '{"prompt_tokens": -1}', '"none"']) {
      const body = validStream.replace(/"usage":\{[^}]*\}/, `"usage":${usage}`)
      const { reply } = await replyTo(eventStream(body))
      expect(reply).toMatchObject({ text: expectedReply.text, finishReason: 'stop', usage: {} })
    }
  })

  it('where one count of the usage has another form', async () => {
    const details = '"completion_tokens_details":[],"prompt_tokens_details":"","prompt_tokens"'
    const { reply } = await replyTo(eventStream(validStream.replace('"prompt_tokens"', details)))
    expect(reply.usage).toEqual({ input: 7, output: 3 })
  })

  it.each([
    ['the field of a service', { choices: [], x_groq: { usage: { prompt_tokens: 7 } } }],
    ['the choice', { choices: [{ delta: {}, usage: { prompt_tokens: 7 } }] }],
    ['the words of Anthropic', { choices: [], usage: { input_tokens: 7 } }],
  ])('with the usage in %s', async (_, value) => {
    const body = validStream.replace(eventOf(usageChunk), eventOf(value))
    expect((await replyTo(eventStream(body))).reply.usage).toEqual({ input: 7 })
  })

  it('with the cached tokens that some services count beside the usage', async () => {
    const body = validStream.replace(
      '"prompt_tokens"',
      '"prompt_cache_hit_tokens":4,"prompt_tokens"',
    )
    const { reply } = await replyTo(eventStream(body))
    expect(reply.usage).toEqual({ input: 7, output: 3, cachedInput: 4 })
  })

  it('when the connection stays open after the end', async () => {
    const { server, reply } = await replyTo((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(validStream.replace('data: [DONE]\n\n', ''))
    })
    expect(reply).toMatchObject(expectedReply)
    await vi.waitFor(() => expect(server.openResponses).toBe(0))
  })

  it.each([
    ['with each piece', ['stop', 'stop', 'stop']],
    ['too early', ['', null, 'stop']],
    ['that is the word null', ['null', 'None', 'stop']],
  ])('when it has a finish reason %s and arrives slowly', async (_, reasons) => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const start = eventOf(chunk({}, reasons[0] === '' ? 'stop' : null))
    const pieces = reasons.map((reason, index) => eventOf(chunk({ content: `${index} ` }, reason)))
    const reply = slowReply(1_100, [start + pieces[0], ...pieces.slice(1)])
    await vi.advanceTimersByTimeAsync(6_000)
    expect(await reply).toMatchObject({ text: '0 1 2 ', finishReason: 'stop' })
  })

  it('when its finish reason is repeated to keep the connection open', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const ends = Array.from({ length: 100 }, () => eventOf(chunk({}, 'stop')))
    const reply = slowReply(500, [eventOf(chunk({ content: 'yes' })), ...ends])
    const isOver = vi.fn<() => void>()
    void reply.then(isOver)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(isOver).toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await reply).toMatchObject({ text: 'yes', finishReason: 'stop' })
  })

  it('when it arrives slowly', async () => {
    const { reply } = await replyTo(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const piece of validStream.match(/[^]{1,40}/g) ?? []) {
        response.write(piece)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      response.end()
    })
    expect(reply).toMatchObject(expectedReply)
  })

  it.each([
    ['application/json', validStream],
    ['text/html', validStream],
    ['application/x-ndjson', validStream],
    ['text/event-stream', validStream.replaceAll(/data: (?:\[DONE\])?|\n(?=\n)/g, '')],
    ['application/json', validStream.replaceAll(/data: (?:\[DONE\])?|\n(?=\n)/g, '')],
  ])('under the content type %s, whose form it does not have', async (type, body) => {
    const { reply } = await replyTo(text(body, type))
    expect(reply).toMatchObject(expectedReply)
  })

  it('as the single document of a server that does not stream', async () => {
    const message = { role: 'assistant', content: expectedReply.text }
    const { reply } = await replyTo(
      json({
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage: { prompt_tokens: 7, completion_tokens: 3 },
      }),
    )
    expect(reply).toMatchObject(expectedReply)
  })
})
