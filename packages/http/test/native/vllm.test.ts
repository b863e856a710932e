import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tokenizer as read } from '@nano/chat/tokenizer'
import type { Model } from '@nano/core'
import { gguf, onnx } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { openHttp } from '../../src/index.ts'
import { type Answer, fakeServer, type FakeServer, models } from '../fake-server.ts'
import { live, serve, type Server } from './llama-server.ts'

const tokenizer = JSON.parse(readFileSync(join(onnx.transformers, 'tokenizer.json'), 'utf8')) as Record<string, unknown>
const words = read({ tokenizer })

/** vLLM's completions as its source has them, over llama-server's: written from vllm/entrypoints/openai/completion/protocol.py, never captured. */
function translated(server: Server): Answer {
  return async (response, { body }) => {
    const { prompt, max_tokens: n_predict, temperature, top_p, top_k, min_p, seed } = body
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const asked = { prompt, n_predict, temperature, top_p, top_k, min_p, seed, samplers: ['top_k', 'top_p', 'min_p', 'temperature'], stream: false, return_tokens: true }
    const answer = await fetch(`${server.url}/completion`, { method: 'POST', body: JSON.stringify(asked), signal: gone.signal }).catch(() => undefined)
    if (!answer) return
    const { tokens, stop_type } = (await answer.json()) as { readonly tokens: readonly number[]; readonly stop_type: string }
    const chunk = (text: string, ids: readonly number[], finish: string | null) => `data: ${JSON.stringify({ id: 'cmpl-1', object: 'text_completion', choices: [{ index: 0, text, token_ids: ids, logprobs: null, finish_reason: finish, stop_reason: null }] })}\n\n`
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [index, token] of tokens.entries()) response.write(chunk(words.text([token], { controls: false }), [token], index < tokens.length - 1 ? null : stop_type === 'limit' ? 'length' : 'stop'))
    response.end('data: [DONE]\n\n')
  }
}

describe('completions of vLLM over a real llama-server', () => {
  let server: Server
  let bridge: FakeServer
  let vllm: Model
  let own: Model
  beforeAll(async () => {
    server = await serve({ model: gguf.F16 })
    bridge = await fakeServer({ '/v1/models': models, '/v1/completions': translated(server) })
    vllm = await openHttp({ url: bridge.url, server: 'vllm', format: 'nemotron', tokenizer, contextLength: 2_048 })
    own = await openHttp({ url: server.url })
  })
  afterAll(async () => {
    await vllm?.close()
    await own?.close()
    await bridge?.close()
    await server?.close()
  })

  live('are taken with a tokenizer.json, and chat without', async () => {
    expect(vllm.capabilities).toMatchObject({ render: true, controlTokensApart: true, reasoningBudget: true })
    const other = await openHttp({ url: bridge.url, server: 'vllm', format: 'nemotron' })
    expect(other.capabilities).toMatchObject({ render: false, controlTokensApart: false, reasoningBudget: false })
    await expect(openHttp({ url: bridge.url, server: 'vllm', mode: 'completions' })).rejects.toMatchObject({ code: 'unsupported', message: expect.stringMatching(/option format.*option tokenizer.*option contextLength/) as string })
    await other.close()
  })

  live('send the tokens that end a turn, and every setting', async () => {
    await vllm.generate({ messages: 'hi', maxTokens: 1, sampling: { temperature: 0 } })
    expect(bridge.asked.at(-1)?.body).toMatchObject({ return_token_ids: true, stop_token_ids: expect.arrayContaining([633]) as unknown, temperature: 0, top_p: 1, top_k: 0, min_p: 0, repetition_penalty: 1 })
  })

  live('give what the server itself gives, also within a budget', async () => {
    const asked = [
      { messages: 'What is 4812 + 977?', reasoning: 'on', sampling: { temperature: 0 } },
      { messages: 'What is 4812 + 977?', reasoning: 'off', stop: ['78'], sampling: { temperature: 0 } },
      { messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.', reasoning: 'on', maxTokens: 30, sampling: { temperature: 0 } },
      { messages: 'What is 4812 + 977?', reasoning: 'on', reasoningBudget: 12, sampling: { temperature: 0 } },
    ] as const
    for (const input of asked) {
      const [there, here] = [await vllm.generate(input), await own.generate(input)]
      expect({ reasoning: there.reasoning, text: there.text, finish: there.finish, input: there.usage.input }).toEqual({ reasoning: here.reasoning, text: here.text, finish: here.finish, input: here.usage.input })
      if (!('stop' in input)) expect(there.usage).toMatchObject({ output: here.usage.output, reasoning: here.usage.reasoning })
    }
  })
})
