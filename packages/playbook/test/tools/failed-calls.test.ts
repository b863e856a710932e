import type { ToolCall } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { generateWithTools, tool, type ToolLoopOptions } from '../../src/index.ts'
import { call, modelThatCalls, request } from '../support/tool-calls.ts'

describe('the model is told', () => {
  const tell = async (toolCall: ToolCall, options: ToolLoopOptions = {}) => {
    const { model } = modelThatCalls([toolCall])
    const { text, calls } = await generateWithTools(model, request, options)
    expect(calls[0]).toHaveProperty('error')
    return text
  }

  it('what a tool throws', async () => {
    expect(await tell(call('a', 'fail', {}))).toBe('[{"error":"no such city"}]')
  })

  it('that a call takes too long', async () => {
    expect(await tell(call('a', 'wait', { milliseconds: 9_999 }), { callTimeout: 5 })).toMatch(
      /longer than 5 ms/,
    )
  })

  it('that a call is not allowed, and why', async () => {
    const toolCall = call('a', 'double', { value: 1 })
    expect(await tell(toolCall, { approve: () => false })).toMatch(/not allowed/)
    expect(await tell(toolCall, { approve: (() => {}) as never })).toMatch(/not allowed/)
    expect(await tell(toolCall, { approve: async () => 'Ask me tomorrow.' })).toMatch(/tomorrow/)
  })

  it('that an output is no JSON', async () => {
    const big = tool({ name: 'big', parameters: {}, execute: () => 10n })
    const { model } = modelThatCalls([call('a', 'big', {})])
    const { calls } = await generateWithTools(model, { messages: 'Go', tools: [big] })
    expect(calls[0]?.error).toMatch(/BigInt/)
  })
})
