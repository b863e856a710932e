import { expect, it } from 'vitest'
import { decodeOpenAiChat } from '../../src/chat/decode-openai-chat.ts'

const counts = { prompt_tokens: 20, completion_tokens: 5 }

it.each([
  ['OpenAI, vLLM and llama-server', { prompt_tokens_details: { cached_tokens: 16 } }],
  ['DeepSeek', { prompt_cache_hit_tokens: 16 }],
  ['Moonshot', { cached_tokens: 16, prompt_tokens_details: null }],
  ['gateways to Anthropic', { cache_read_input_tokens: 16 }],
])('the cached tokens of %s are read', (_, details) => {
  expect(decodeOpenAiChat({ choices: [], usage: { ...counts, ...details } }).usage).toEqual({
    input: 20,
    cachedInput: 16,
    output: 5,
  })
})

it('an older llama-server reports its cache beside its times', () => {
  const choices = [{ delta: {}, finish_reason: 'stop' }]
  expect(decodeOpenAiChat({ choices, timings: { cache_n: 16, prompt_n: 4 } }).usage).toEqual({
    cachedInput: 16,
  })
  expect(decodeOpenAiChat({ choices }).usage).toBeUndefined()
})

it('counts of another form do not spoil a reply', () => {
  const chunk = { choices: [{ delta: { content: 'yes' } }], usage: { prompt_tokens: '20' } }
  expect(decodeOpenAiChat(chunk)).toMatchObject({ text: 'yes', usage: {} })
})
