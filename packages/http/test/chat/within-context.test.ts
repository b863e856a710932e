import { expect, it } from 'vitest'
import { chunk, json, sse, usageChunk } from '../fake-server.ts'
import { openModel, startChatServer } from '../open-model.ts'

const refusalOf = (message: string) =>
  json({ error: { message, type: 'invalid_request_error', code: 400 } }, 400)
const refusals = {
  vLLM:
    "This model's maximum context length is 4096 tokens. However, you requested 4000 output " +
    'tokens and your prompt contains at least 97 input tokens, for a total of at least 4097 ' +
    'tokens. Please reduce the length of the input prompt or the number of requested output ' +
    'tokens.',
  OpenAI:
    'max_tokens is too large: 4000. This model supports at most 2048 completion tokens, whereas ' +
    'you provided 4000.',
  DeepSeek: 'Invalid max_tokens value, the valid range of max_tokens is [1, 2048]',
  Groq: '`max_completion_tokens` must be less than or equal to `2048`',
}
const refusal = refusalOf(refusals.vLLM)
const answer = sse(chunk({ content: 'yes' }), chunk({}, 'length'), usageChunk)

it.each(Object.entries(refusals))(
  'a limit that is too great for %s is its own',
  async (_, message) => {
    const server = await startChatServer((response, request) =>
      ('max_tokens' in request.body ? refusalOf(message) : answer)(response, request),
    )
    const model = await openModel({ url: server.url })
    expect(await model.generate({ messages: 'hi', maxTokens: 4000 })).toMatchObject({
      text: 'yes',
      finishReason: 'length',
    })
    const chats = server.requests.filter(({ path }) => path === '/v1/chat/completions')
    expect(chats.map(({ body }) => body['max_tokens'])).toEqual([4000, undefined])
  },
)

it('a limit that is too small is refused as the server says', async () => {
  const server = await startChatServer(refusalOf('max_tokens must be at least 16, got 4'))
  const model = await openModel({ url: server.url })
  await expect(model.generate({ messages: 'hi', maxTokens: 4 })).rejects.toMatchObject({
    code: 'invalid-request',
  })
  expect(server.requests.at(-1)?.body['max_tokens']).toBe(4)
})

it('a prompt that is too long by itself is asked once without a limit, and refused', async () => {
  const server = await startChatServer(refusal)
  const model = await openModel({ url: server.url })
  const requestsBefore = server.requests.length
  await expect(model.generate({ messages: 'hi', maxTokens: 40 })).rejects.toMatchObject({
    code: 'context-overflow',
  })
  expect(server.requests.length - requestsBefore).toBe(2)
  await expect(model.generate('hi')).rejects.toMatchObject({ code: 'context-overflow' })
  expect(server.requests.length - requestsBefore).toBe(3)
})
