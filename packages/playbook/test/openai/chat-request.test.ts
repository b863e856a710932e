import { describe, expect, it } from 'vitest'
import { readChatRequest } from '../../src/openai/chat-request.ts'

const messages = [{ role: 'user', content: 'hi' }]

describe('the body of a request for a chat completion', () => {
  it('becomes a request of nano, field by field', () => {
    expect(
      readChatRequest({
        model: 'gpt-4o',
        messages: [
          { role: 'developer', content: 'Be short.' },
          { role: 'user', content: [{ type: 'text', text: 'Is it hot in Rome?' }] },
          {
            role: 'assistant',
            content: null,
            reasoning_content: 'I look.',
            tool_calls: [
              {
                id: 'a',
                type: 'function',
                function: { name: 'look', arguments: '{"city":"Rome"}' },
              },
            ],
          },
          { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: '31' }] },
        ],
        max_completion_tokens: 9,
        temperature: 0,
        top_p: 0.5,
        seed: 7,
        stop: 'end',
        logprobs: true,
        top_logprobs: 2,
        n: 1,
        stream: false,
        user: 'me',
        tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
        tool_choice: { type: 'function', function: { name: 'look' } },
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'n', schema: { type: 'string' } },
        },
        reasoning_effort: null,
      }),
    ).toEqual({
      messages: [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: [{ type: 'text', text: 'Is it hot in Rome?' }] },
        {
          role: 'assistant',
          content: '',
          reasoning: 'I look.',
          toolCalls: [{ id: 'a', name: 'look', input: { city: 'Rome' } }],
        },
        { role: 'tool', toolCallId: 'a', output: '31' },
      ],
      maxTokens: 9,
      sampling: { temperature: 0, topP: 0.5, seed: 7 },
      stop: ['end'],
      logprobs: 2,
      tools: [{ name: 'look', parameters: { type: 'object' } }],
      toolChoice: { name: 'look' },
      schema: { type: 'string' },
    })
  })

  it.each([
    [{ reasoning_effort: 'none' }, 'off'],
    [{ reasoning_effort: 'high' }, 'on'],
    [{ chat_template_kwargs: { enable_thinking: false } }, 'off'],
    [{ chat_template_kwargs: { enable_thinking: true }, reasoning_effort: 'none' }, 'on'],
    [{}, undefined],
  ])('switches reasoning with %j', (fields, reasoning) => {
    expect(readChatRequest({ messages, ...fields })).toMatchObject(reasoning ? { reasoning } : {})
    expect('reasoning' in (readChatRequest({ messages, ...fields }) as object)).toBe(
      reasoning !== undefined,
    )
  })

  it('may have fields without a value, those of a reply among them', () => {
    const reply = { refusal: null, annotations: [], audio: null, function_call: null, name: null }
    expect(
      readChatRequest({
        messages: [...messages, { role: 'assistant', content: 'ho', ...reply }, ...messages],
        parallel_tool_calls: true,
        store: false,
        service_tier: 'auto',
        stream_options: null,
      }),
    ).toEqual({
      messages: [...messages, { role: 'assistant', content: 'ho' }, ...messages],
      sampling: {},
    })
  })

  it('asks for an object with json_object', () => {
    const schemaOf = (type: string) =>
      Reflect.get(readChatRequest({ messages, response_format: { type } }) as object, 'schema')
    expect(schemaOf('json_object')).toEqual({ type: 'object' })
    expect(schemaOf('text')).toBeUndefined()
  })

  it.each([
    [{ temprature: 1 }, 'temprature'],
    [{ n: 2 }, '→ at n'],
    [{ parallel_tool_calls: false }, 'parallel_tool_calls'],
    [{ top_logprobs: 2 }, 'top_logprobs without logprobs: true'],
    [{ messages: [{ role: 'user', content: 'hi', name: 'Ann' }] }, 'Write it into the content'],
    [{ stream: true }, '→ at stream'],
    [{ max_tokens: 1, max_completion_tokens: 2 }, 'leave one out'],
    [{ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 'messages[0]'],
    [
      {
        messages: [
          {
            role: 'assistant',
            tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{' } }],
          },
        ],
      },
      'no JSON',
    ],
  ])('is refused with %j', (fields, words) => {
    expect(() => readChatRequest({ messages, ...fields })).toThrow(
      expect.objectContaining({
        code: 'invalid-request',
        message: expect.stringContaining(words),
      }) as Error,
    )
  })
})
