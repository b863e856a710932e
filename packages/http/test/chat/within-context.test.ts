import { expect, it } from 'vitest'
import { chunk, json, sse, usageChunk } from '../fake-server.ts'
import { openModel, startChatServer } from '../open-model.ts'

const refusal = json(
  {
    error: {
      message:
        "This model's maximum context length is 4096 tokens. However, you requested 4000 output " +
        'tokens and your prompt contains at least 97 input tokens, for a total of at least 4097 ' +
        'tokens. Please reduce the length of the input prompt or the number of requested output ' +
        'tokens.',
      type: 'BadRequestError',
      code: 400,
    },
  },
  400,
)
const answer = sse(chunk({ content: 'yes' }), chunk({}, 'length'), usageChunk)

it('a limit that exceeds what the prompt leaves of the context is that rest', async () => {
  const server = await startChatServer((response, request) =>
    ('max_tokens' in request.body ? refusal : answer)(response, request),
  )
  const model = await openModel({ url: server.url, onWarning: () => {} })
  expect(await model.generate({ messages: 'hi', maxTokens: 4000 })).toMatchObject({
    text: 'yes',
    finishReason: 'length',
  })
  const chats = server.requests.filter(({ path }) => path === '/v1/chat/completions')
  expect(chats.map(({ body }) => body['max_tokens'])).toEqual([4000, undefined])
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
