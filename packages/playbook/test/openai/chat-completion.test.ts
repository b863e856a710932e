import type { GenerateResult } from '@nano/core'
import { expect, it } from 'vitest'
import { writeChatCompletion } from '../../src/openai/chat-completion.ts'

const facts = { id: 'chatcmpl-1', model: 'tiny', created: 5 }

it('a reply becomes a chat completion with its thought, calls and log-probabilities', () => {
  const reply: GenerateResult = {
    reasoning: 'I look.',
    text: '',
    toolCalls: [{ id: 'a', name: 'look', input: { city: 'Rome' } }],
    message: { role: 'assistant', content: '' },
    finishReason: 'tool-calls',
    usage: { input: 10, cachedInput: 4, output: 6, reasoning: 3 },
    timings: {},
    logprobs: [{ token: 3, text: 'é', logprob: -0.5, top: [{ token: 4, text: 'e', logprob: -1 }] }],
  }
  expect(writeChatCompletion(reply, facts)).toEqual({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 5,
    model: 'tiny',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: null,
          reasoning_content: 'I look.',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'look', arguments: '{"city":"Rome"}' } },
          ],
        },
        logprobs: {
          content: [
            {
              token: 'é',
              logprob: -0.5,
              bytes: [0xc3, 0xa9],
              top_logprobs: [{ token: 'e', logprob: -1, bytes: [0x65] }],
            },
          ],
        },
        finish_reason: 'tool_calls',
      },
    ],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 6,
      total_tokens: 16,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 3 },
    },
  })
})

it('counts that are not known are left out', () => {
  const reply: GenerateResult = {
    reasoning: '',
    text: 'hi',
    toolCalls: [],
    message: { role: 'assistant', content: 'hi' },
    finishReason: 'length',
    usage: {},
    timings: {},
  }
  expect(writeChatCompletion(reply, facts)).toMatchObject({
    choices: [
      { message: { role: 'assistant', content: 'hi' }, finish_reason: 'length', logprobs: null },
    ],
    usage: {},
  })
})
