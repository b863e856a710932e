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

  it('is not offered with toolChoice none, and is demanded by name', async () => {
    const deltas = textDeltas('a')
    expect((await replyOf(deltas, { tools, toolChoice: 'none' })).requestBody).not.toHaveProperty(
      'tools',
    )
    expect(
      (await replyOf(deltas, { tools, toolChoice: { name: 'add' } })).requestBody,
    ).toMatchObject({ tool_choice: { type: 'function', function: { name: 'add' } } })
  })
})
