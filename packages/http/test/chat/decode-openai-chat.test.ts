import { expect, it } from 'vitest'
import { decodeOpenAiChat } from '../../src/chat/decode-openai-chat.ts'

it('a value with nothing but text is that text, whatever is null or empty beside it', () => {
  const delta = { role: 'assistant', content: 'a', reasoning: null, tool_calls: null }
  const choice = { index: 0, delta, finish_reason: null, logprobs: null }
  expect(decodeOpenAiChat({ id: 'x', choices: [choice], usage: null })).toEqual({ text: 'a' })
})

it('a value with nothing but a piece of a thought is that thought', () => {
  const delta = { content: null, reasoning_content: 'a' }
  expect(decodeOpenAiChat({ choices: [{ delta, finish_reason: null }] })).toEqual({
    reasoning: 'a',
    thoughtField: 'reasoning_content',
  })
})

it.each<[what: string, value: object, choice: object, delta: object, expected: object]>([
  ['usage', { usage: { prompt_tokens: 3 } }, {}, {}, { usage: { input: 3 } }],
  [
    "Groq's usage",
    { x_groq: { usage: { prompt_tokens: 3 } } },
    { finish_reason: 'stop' },
    {},
    { usage: { input: 3 } },
  ],
  [
    "Moonshot's usage",
    {},
    { finish_reason: 'stop', usage: { prompt_tokens: 3 } },
    {},
    { usage: { input: 3 } },
  ],
  ['a finish reason', {}, { finish_reason: 'stop' }, {}, { rawFinishReason: 'stop' }],
  ['a thought', {}, {}, { reasoning: 'b' }, { reasoning: 'b', thoughtField: 'reasoning' }],
  ['a call', {}, {}, { tool_calls: [{ index: 0 }] }, { toolCalls: [{ index: 0 }] }],
  [
    'log-probabilities',
    {},
    { logprobs: { content: [{ id: 1, token: 'a', logprob: -1 }] } },
    {},
    { logprobs: [{ token: 1, text: 'a', logprob: -1, top: [] }] },
  ],
])('%s beside the text is read too', (_what, value, choice, delta, expected) => {
  const step = decodeOpenAiChat({
    choices: [{ delta: { content: 'a', ...delta }, ...choice }],
    ...value,
  })
  expect(step).toMatchObject({ text: 'a', ...expected })
})
