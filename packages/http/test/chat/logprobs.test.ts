import { describe, expect, it } from 'vitest'
import { json } from '../fake-server.ts'
import { replayFixture, serverDescriptions } from '../fixture-server.ts'
import { openModel, startFakeServer } from '../open-model.ts'
import { openDescribed } from '../profiles/open-described.ts'

describe('log-probabilities in chat', () => {
  it('of llama-server come with their ids, on the parts they belong to', async () => {
    const { model, server } = await openDescribed('llama-server', 'llama-server-begun-thought', {
      mode: 'chat',
      format: 'qwen-3',
    })
    const parts = []
    for await (const part of model.stream({ messages: 'hi', reasoning: 'on', logprobs: 0 }))
      parts.push(part)
    expect(server.requests.at(-1)?.body).toMatchObject({ logprobs: true, top_logprobs: 1 })
    expect(parts[0]).toEqual({
      type: 'reasoning',
      text: '4',
      logprobs: [{ token: 52, text: '4', logprob: -0.0001626146986382082, top: [] }],
    })
    expect(parts.at(-2)).toMatchObject({
      type: 'text',
      text: '7',
      logprobs: [{ token: 10 }, { token: 55 }],
    })
  })

  it('of llama-server are refused together with tools, as the server does', async () => {
    const { model } = await openDescribed('llama-server', 'llama-server', { mode: 'chat' })
    const tools = [{ name: 'now', parameters: {} }]
    await expect(model.generate({ messages: 'hi', tools, logprobs: 1 })).rejects.toMatchObject({
      code: 'unsupported',
    })
  })

  it('of vLLM name tokens by their ids, and the server gives the texts of others', async () => {
    const server = await startFakeServer({
      ...serverDescriptions['vllm'],
      '/v1/chat/completions': replayFixture('vllm-logprobs'),
      '/detokenize': (response, { body }) => {
        const [token = 0] = body['tokens'] as readonly number[]
        return json({ prompt: token === 633 ? '<|eot_id|>' : String.fromCharCode(token) })(
          response,
          { body, path: '', headers: {} },
        )
      },
    })
    const model = await openModel({ url: server.url, onWarning: () => {} })
    for (const topCount of [2, 0]) {
      const { logprobs } = await model.generate({ messages: 'hi', logprobs: topCount })
      expect(logprobs).toEqual([
        {
          token: 57,
          text: '9',
          logprob: -0.5852894186973572,
          top: [
            { token: 57, text: '9', logprob: -0.5852894186973572 },
            { token: 55, text: '7', logprob: -1.251817226409912 },
          ].slice(0, topCount),
        },
      ])
      const chat = server.requests.findLast(({ path }) => path === '/v1/chat/completions')
      expect(chat?.body).toMatchObject({
        logprobs: true,
        top_logprobs: topCount,
        return_tokens_as_token_ids: true,
      })
    }
    const tokens = server.requests.flatMap(({ path, body }) =>
      path === '/detokenize' ? body['tokens'] : [],
    )
    expect(tokens).toEqual([57, 55, 633])
  })

  it('are not claimed where a server names no ids', async () => {
    const server = await startFakeServer({
      ...serverDescriptions['openai-compatible'],
      '/v1/chat/completions': replayFixture('vllm'),
    })
    const model = await openModel({ url: server.url })
    await expect(model.generate({ messages: 'hi', logprobs: 1 })).rejects.toMatchObject({
      code: 'unsupported',
    })
  })
})
