import { describe, expect, it } from 'vitest'
import { chunk, json, sse, usageChunk } from '../fake-server.ts'
import { replayFixture, serverDescriptions } from '../fixture-server.ts'
import { openModel, startFakeServer } from '../open-model.ts'
import { openDescribed } from '../profiles/open-described.ts'

const entry = (token: string, top: readonly (readonly [string, number])[] = []) => ({
  token,
  bytes: [],
  logprob: -0.5,
  top_logprobs: top.map(([text, logprob]) => ({ token: text, bytes: [], logprob })),
})

const scoredChunk = (delta: object, ...content: readonly object[]) => {
  const value = chunk(delta) as { choices: readonly object[] }
  return {
    ...value,
    choices: value.choices.map((choice) => ({ ...choice, logprobs: { content } })),
  }
}

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

  it('of vLLM name tokens by their ids, and the server gives each text once', async () => {
    const texts = ['a', 'b', '🙂']
    const server = await startFakeServer({
      ...serverDescriptions['vllm'],
      '/v1/chat/completions': sse(
        scoredChunk(
          { content: 'ab' },
          entry('token_id:0', [
            ['token_id:2', -1],
            ['token_id:0', -0.5],
          ]),
          entry('token_id:1', [['token_id:0', -2]]),
        ),
        chunk({}, 'stop'),
        usageChunk,
      ),
      '/detokenize': (response, request) => {
        const [token = 0] = request.body['tokens'] as readonly number[]
        return json({ prompt: texts[token] })(response, request)
      },
    })
    const model = await openModel({ url: server.url, onWarning: () => {} })
    const { logprobs } = await model.generate({ messages: 'hi', logprobs: 2 })
    expect(logprobs).toEqual([
      {
        token: 0,
        text: 'a',
        logprob: -0.5,
        top: [
          { token: 0, text: 'a', logprob: -0.5 },
          { token: 2, text: '🙂', logprob: -1 },
        ],
      },
      { token: 1, text: 'b', logprob: -0.5, top: [{ token: 0, text: 'a', logprob: -2 }] },
    ])
    const chat = server.requests.find(({ path }) => path === '/v1/chat/completions')
    expect(chat?.body).toMatchObject({
      logprobs: true,
      top_logprobs: 2,
      return_tokens_as_token_ids: true,
    })
    expect(server.requests.filter(({ path }) => path === '/detokenize')).toHaveLength(3)
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
