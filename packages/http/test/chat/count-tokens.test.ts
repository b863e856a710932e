import { expect, it } from 'vitest'
import { json } from '../fake-server.ts'
import { openModel, startChatServer } from '../open-model.ts'

const tokenize = json({ count: 12, max_model_len: 4096, tokens: [] })

it("countTokens returns the server's count of the prompt that it would render", async () => {
  const server = await startChatServer(json({}), { '/tokenize': tokenize })
  const model = await openModel({ url: server.url, server: 'vllm', format: 'qwen-3' })
  expect(await model.countTokens({ messages: 'hi', reasoning: 'off', maxTokens: 5 })).toBe(12)
  expect(server.requests.at(-1)?.body).toEqual({
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
    chat_template_kwargs: { enable_thinking: false },
  })
})

it('countTokens is unsupported where the server cannot count a prompt', async () => {
  const server = await startChatServer(json({}), { '/tokenize': tokenize })
  const model = await openModel({ url: server.url, server: 'nim', format: 'qwen-3' })
  await expect(model.countTokens('hi')).rejects.toMatchObject({ code: 'unsupported' })
})
