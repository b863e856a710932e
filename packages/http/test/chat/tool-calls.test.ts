import type { Message } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { replyOf, textDeltas } from './reply-of.ts'

const tools = [{ name: 'add', parameters: {} }]
const callDelta = (index: number, fields: object) => ({ tool_calls: [{ index, ...fields }] })

describe('a tool call', () => {
  it('rejects with bad-output where its arguments are not JSON, unless it is cut', async () => {
    const deltas = [callDelta(0, { id: 'a', function: { name: 'add', arguments: '{"a"' } })]
    await expect(replyOf(deltas, { tools, rawFinishReason: 'tool_calls' })).rejects.toMatchObject({
      code: 'bad-output',
      message: expect.stringMatching(/a tool call of add whose arguments are not JSON/) as string,
    })
    expect(await replyOf(deltas, { tools, rawFinishReason: 'length' })).toMatchObject({
      toolCalls: [],
      finishReason: 'length',
    })
  })

  it('is assembled from interleaved pieces, repeated names and parsed arguments', async () => {
    const { toolCalls } = await replyOf(
      [
        callDelta(0, { id: 'a', function: { name: 'add', arguments: '{"a"' } }),
        callDelta(1, { id: 'b', function: { name: 'add', arguments: '' } }),
        callDelta(0, { id: 'a', function: { name: 'add', arguments: ': 1}' } }),
        callDelta(1, { function: { arguments: '{}' } }),
        callDelta(2, { id: 'c', function: { name: 'add', arguments: { a: 2 } } }),
      ],
      { tools, rawFinishReason: 'tool_calls' },
    )
    expect(toolCalls).toEqual([
      { id: 'a', name: 'add', input: { a: 1 } },
      { id: 'b', name: 'add', input: {} },
      { id: 'c', name: 'add', input: { a: 2 } },
    ])
  })

  it('may have an index of another form', async () => {
    const pieces = ['{"a"', ': 1}'].map((text) => ({
      tool_calls: [{ index: '0', id: 'a', function: { name: 'add', arguments: text } }],
    }))
    expect((await replyOf(pieces, { tools })).toolCalls).toEqual([
      { id: 'a', name: 'add', input: { a: 1 } },
    ])
  })

  it('goes on between the pieces of another one where the index is a text', async () => {
    const piece = (index: string, text: string, name?: string) => ({
      tool_calls: [{ index, function: { ...(name !== undefined && { name }), arguments: text } }],
    })
    const { toolCalls } = await replyOf(
      [
        piece('0', '{"a"', 'add'),
        piece('1', '{"a"', 'add'),
        piece('0', ': 1}'),
        piece('1', ': 2}'),
      ],
      { tools },
    )
    expect(toolCalls.map(({ input }) => input)).toEqual([{ a: 1 }, { a: 2 }])
  })

  it('may stand in function_call beside an empty list', async () => {
    const call = { tool_calls: [], function_call: { name: 'add', arguments: '{"a": 1}' } }
    expect((await replyOf([call], { tools })).toolCalls).toMatchObject([
      { name: 'add', input: { a: 1 } },
    ])
  })

  it('begins with its name alone, as vLLM sends a demanded one', async () => {
    const { toolCalls } = await replyOf(
      [
        callDelta(0, { id: 'a', type: 'function', function: { name: 'add' } }),
        callDelta(0, { function: { arguments: '{"a": 1}' } }),
      ],
      { tools, rawFinishReason: 'stop' },
    )
    expect(toolCalls).toEqual([{ id: 'a', name: 'add', input: { a: 1 } }])
  })

  it.each([
    ['with other ids', { id: 'a' }, { id: 'b' }],
    ['without ids', {}, {}],
  ])('shares its index with another one, %s', async (_, firstDelta, secondDelta) => {
    const { toolCalls } = await replyOf(
      [
        callDelta(0, { ...firstDelta, function: { name: 'add', arguments: '{"a": 1}' } }),
        callDelta(0, { ...secondDelta, function: { name: 'add', arguments: '{"a"' } }),
        callDelta(0, { function: { arguments: ': 2}' } }),
      ],
      { tools, rawFinishReason: 'tool_calls' },
    )
    expect(toolCalls.map(({ input }) => input)).toEqual([{ a: 1 }, { a: 2 }])
    expect(new Set(toolCalls.map(({ id }) => id)).size).toBe(2)
  })

  it('is one where a server sends its id, or its name, with each piece', async () => {
    for (const fields of [{ id: 'a' }, {}]) {
      const { toolCalls } = await replyOf(
        ['{"a": {"b"', ': 1}', '}', ''].map((text) =>
          callDelta(0, { ...fields, function: { name: 'add', arguments: text } }),
        ),
        { tools, rawFinishReason: 'tool_calls' },
      )
      expect(toolCalls.map(({ input }) => input)).toEqual([{ a: { b: 1 } }])
    }
  })

  it.each<[string, unknown]>([
    ['', {}],
    ['null', {}],
    ['"null"', {}],
    ['""', {}],
    ['"{\\"id\\":7}"', { id: 7 }],
    [JSON.stringify(JSON.stringify('{"id":7}')), { id: 7 }],
    ['{"id": "12345678901234567890"}', { id: '12345678901234567890' }],
    ['{"id": 10000000000000000000}', { id: 1e19 }],
    ['{"x": 0.12345678901234567890}', { x: 0.123_456_789_012_345_68 }],
  ])('with the arguments %s has the input %j', async (text, input) => {
    const deltas = [callDelta(0, { id: 'a', function: { name: 'add', arguments: text } })]
    const { toolCalls } = await replyOf(deltas, { tools, rawFinishReason: 'tool_calls' })
    expect(toolCalls).toEqual([{ id: 'a', name: 'add', input }])
  })

  it.each<[unknown, RegExp]>([
    ['[1]', /arguments are a list/],
    ['7', /arguments are a number/],
    ['true', /arguments are a boolean/],
    ['"seven"', /arguments are not JSON/],
    ['{"id": 12345678901234567890}', /integer beyond 2\^53/],
    ['{"list": [{"id": -9007199254740993}]}', /integer beyond 2\^53/],
    ['"{\\"id\\": 12345678901234567890}"', /integer beyond 2\^53/],
    [{ id: 2 ** 60 }, /integer beyond 2\^53/],
  ])('with the arguments %j rejects with bad-output', async (value, message) => {
    const deltas = [callDelta(0, { id: 'a', function: { name: 'add', arguments: value } })]
    await expect(replyOf(deltas, { tools, rawFinishReason: 'tool_calls' })).rejects.toMatchObject({
      code: 'bad-output',
      message: expect.stringMatching(message) as string,
    })
  })

  it('never repeats an id of the conversation', async () => {
    const messages: Message[] = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'call_0', name: 'add', input: {} }] },
      { role: 'tool', toolCallId: 'call_0', output: { sum: 3 } },
    ]
    const { toolCalls, requestBody } = await replyOf(
      [
        callDelta(0, { id: 'call_0', function: { name: 'add', arguments: '{}' } }),
        callDelta(1, { function: { name: 'add', arguments: '{}' } }),
      ],
      { messages, tools, rawFinishReason: 'tool_calls' },
    )
    expect(new Set(['call_0', ...toolCalls.map(({ id }) => id)]).size).toBe(3)
    expect(requestBody['messages']).toEqual([
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'call_0', type: 'function', function: { name: 'add', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_0', content: '{"sum": 3}' },
    ])
  })

  it.each([
    '<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>',
    '{"name": "add", "arguments": {"a": 1}}',
    '```json\n{"name": "add", "arguments": {"a": 1}}\n```',
  ])('is read from the text of a model whose family is unknown: %s', async (text) => {
    expect(await replyOf(textDeltas(...text), { tools })).toMatchObject({
      text: '',
      toolCalls: [{ name: 'add', input: { a: 1 } }],
      finishReason: 'tool-calls',
    })
    expect(await replyOf(textDeltas(...text))).toMatchObject({ text, toolCalls: [] })
  })

  it.each([{}, { format: 'qwen-3' }])(
    'is read from a thought that nothing follows: %j',
    async (options) => {
      const thought = 'I add.\n<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>'
      for (const reasoning of ['on', 'off'] as const)
        expect(
          await replyOf([{ reasoning: thought }], { tools, reasoning, ...options }),
        ).toMatchObject({
          text: '',
          toolCalls: [{ name: 'add', input: { a: 1 } }],
          finishReason: 'tool-calls',
        })
      expect(
        await replyOf([{ reasoning: thought }, { content: 'yes' }], { tools, ...options }),
      ).toMatchObject({ text: 'yes', toolCalls: [] })
    },
  )

  it('is read from the field of older versions', async () => {
    const deltas = [
      { function_call: { name: 'add', arguments: '{"a"' } },
      { function_call: { arguments: ': 1}' } },
    ]
    expect(await replyOf(deltas, { tools, rawFinishReason: 'function_call' })).toMatchObject({
      toolCalls: [{ name: 'add', input: { a: 1 } }],
      finishReason: 'tool-calls',
    })
  })

  it.each([
    ['{}', '{"a": 1}'],
    ['{}', '{"a"', ': 1}'],
    ['{"a": 1}', '{"a": 1}'],
    ['{"a": 1', '}', '{"a": 1}'],
  ])('has the last of the arguments where a server sends them twice: %s %s', async (...pieces) => {
    const deltas = pieces.map((text) =>
      callDelta(0, { id: 'a', function: { name: 'add', arguments: text } }),
    )
    expect((await replyOf(deltas, { tools })).toolCalls).toEqual([
      { id: 'a', name: 'add', input: { a: 1 } },
    ])
  })

  it('asks for strict parameters only where it is demanded', async () => {
    const { requestBody } = await replyOf(textDeltas('a'), { tools })
    expect(requestBody).toMatchObject({ tools: [{ function: { name: 'add' } }] })
    expect(JSON.stringify(requestBody)).not.toContain('strict')
  })

  it('is not offered with toolChoice none, and is demanded by name', async () => {
    const deltas = textDeltas('a')
    expect((await replyOf(deltas, { tools, toolChoice: 'none' })).requestBody).not.toHaveProperty(
      'tools',
    )
    const call = callDelta(0, { id: 'a', function: { name: 'add', arguments: '{}' } })
    expect(
      (await replyOf([call], { tools, toolChoice: { name: 'add' } })).requestBody,
    ).toMatchObject({
      tools: [{ function: { name: 'add', strict: true } }],
      tool_choice: { type: 'function', function: { name: 'add' } },
    })
  })
})
