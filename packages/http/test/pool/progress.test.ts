import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { chunk, eventOf } from '../fake-server.ts'
import { openModel } from '../open-model.ts'
import { slowBody } from '../slow-body.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Opens two servers: one that needs more than the limit for all of its reply, and a fast one. */
async function openSlow(
  deltas: readonly object[],
  { finishReason = 'stop', pause = 600 }: { finishReason?: string; pause?: number } = {},
) {
  const chunks = [...deltas.map((delta) => chunk(delta)), chunk({}, finishReason)]
  const slowReply = chunks.map(eventOf)
  const fastReply = [eventOf(chunk({ content: 'second' }, 'stop'))]
  const chatCounts: Record<string, number> = {}
  const model = await openModel({
    endpoints: ['http://slow', 'http://fast'],
    server: 'openai-compatible',
    firstPartTimeout: 1_000,
    fetch: async (url, init) => {
      const { hostname, pathname } = new URL(String(url))
      if (pathname === '/v1/models') return Response.json({ data: [{ id: 'm' }] })
      chatCounts[hostname] = (chatCounts[hostname] ?? 0) + 1
      const headers = { 'content-type': 'text/event-stream' }
      const pieces = hostname === 'slow' ? slowReply : fastReply
      return new Response(slowBody(pause, pieces, init?.signal), { headers })
    },
  })
  return { model, chatCounts }
}

async function afterAllTimers<T>(work: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(10_000)
  return work
}

it('a server keeps a call while it writes a thought that nobody asked for', async () => {
  const thoughts = ['a', 'b', 'c'].map((reasoning) => ({ reasoning }))
  const { model, chatCounts } = await openSlow([...thoughts, { content: 'first' }])
  const reply = model.generate({ messages: 'hi', reasoning: 'off' })
  expect((await afterAllTimers(reply)).text).toBe('first')
  expect(chatCounts).toEqual({ slow: 1 })
})

it('a server that falls silent in such a thought loses the call', async () => {
  const { model } = await openSlow([{ reasoning: 'a' }, { content: 'first' }], { pause: 1_500 })
  const reply = model.generate({ messages: 'hi', reasoning: 'off' })
  expect((await afterAllTimers(reply)).text).toBe('second')
})

it('a server keeps a call while it writes a tool call', async () => {
  const pieces = ['{"a"', ': 1', '}'].map((text) => ({
    tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: text } }],
  }))
  const { model } = await openSlow(pieces, { finishReason: 'tool_calls' })
  const tools = [{ name: 'add', parameters: {} }]
  const reply = model.generate({ messages: 'hi', tools })
  expect((await afterAllTimers(reply)).toolCalls).toHaveLength(1)
})

it('a server that says nothing but its role loses a call', async () => {
  const roles = Array.from({ length: 4 }, () => ({ role: 'assistant', content: '' }))
  const { model } = await openSlow([...roles, { content: 'first' }])
  expect((await afterAllTimers(model.generate('hi'))).text).toBe('second')
})
