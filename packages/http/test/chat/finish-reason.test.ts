import { describe, expect, it } from 'vitest'
import { openDescribed } from '../profiles/open-described.ts'
import { replyOf, textDeltas } from './reply-of.ts'

const deltas = textDeltas('a')
const toolCallDelta = {
  tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: '{}' } }],
}
const tools = [{ name: 'add', parameters: {} }]

describe('the finish reason of a server', () => {
  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
  ] as const)('%s is ours, so there is no raw one', async (rawFinishReason, finishReason) => {
    const reply = await replyOf(deltas, { rawFinishReason })
    expect(reply.finishReason).toBe(finishReason)
    expect(reply).not.toHaveProperty('rawFinishReason')
  })

  it.each([
    ['eos_token', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_length', 'length'],
    ['MAX_TOKENS', 'length'],
    ['end_turn', 'stop'],
    ['sensitive', 'content-filter'],
    ['content_filter', 'content-filter'],
    ['model-length', 'length'],
    ['context_length_exceeded', 'length'],
    ['COMPLETE', 'stop'],
    ['RECITATION', 'content-filter'],
    ['guardrail_intervened', 'content-filter'],
    ['repetition', 'other'],
    ['load', 'other'],
    ['toString', 'other'],
  ] as const)('%s is %s, and stays as the raw one', async (rawFinishReason, finishReason) => {
    expect(await replyOf(deltas, { rawFinishReason })).toMatchObject({
      text: 'a',
      finishReason,
      rawFinishReason,
    })
  })

  it.each([
    ['tool_calls', [toolCallDelta], 'tool-calls'],
    ['function_call', [toolCallDelta], 'tool-calls'],
    ['stop', [toolCallDelta], 'tool-calls'],
    ['tool_calls', deltas, 'stop'],
  ] as const)(
    '%s after %j is %s: only a call counts as one',
    async (rawFinishReason, replyDeltas, finishReason) => {
      const reply = await replyOf(replyDeltas, { rawFinishReason, tools })
      expect(reply).toMatchObject({ finishReason, rawFinishReason })
    },
  )

  it.each(['content_filter', 'repetition'])(
    '%s cuts a call and an answer with a schema short, which is no error',
    async (rawFinishReason) => {
      const partialCall = {
        tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: '{"a' } }],
      }
      expect(await replyOf([partialCall], { rawFinishReason, tools })).toMatchObject({
        toolCalls: [],
        rawFinishReason,
      })
      const schema = { type: 'object' }
      expect(await replyOf(textDeltas('{"a'), { rawFinishReason, schema })).toMatchObject({
        text: '{"a',
        rawFinishReason,
      })
    },
  )

  it.each([
    'abort',
    'error',
    'ERROR',
    'cancelled',
    'canceled',
    'timeout',
    'network_error',
    'server-error',
    'internal_error',
  ])('%s rejects with unavailable: the server broke the reply off', async (rawFinishReason) => {
    await expect(replyOf(deltas, { rawFinishReason })).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringMatching(/broke the reply off/) as string,
    })
  })
})

describe('a fixture that ends for another reason is read:', () => {
  it.each([
    ['vllm', 'vllm-repetition', { finishReason: 'other', rawFinishReason: 'repetition' }],
    [
      'openai-compatible',
      'content-filter',
      {
        finishReason: 'content-filter',
        rawFinishReason: 'content_filter',
      },
    ],
    ['tgi', 'tgi-stop-sequence', { finishReason: 'stop', rawFinishReason: 'stop_sequence' }],
    ['ollama', 'ollama-length', { finishReason: 'length', text: 'It is ' }],
    ['ollama', 'ollama-load', { finishReason: 'other', rawFinishReason: 'load', text: '' }],
  ])('%s, fixture %s', async (kind, fixture, expected) => {
    const { model } = await openDescribed(kind, fixture, { format: 'nemotron' })
    expect(await model.generate({ messages: 'hi', reasoning: 'off' })).toMatchObject(expected)
  })

  it('tensorrt-llm, fixture tensorrt-llm-cancelled, rejects with unavailable', async () => {
    const { model } = await openDescribed('tensorrt-llm', 'tensorrt-llm-cancelled')
    await expect(model.generate('hi')).rejects.toMatchObject({ code: 'unavailable' })
  })
})
