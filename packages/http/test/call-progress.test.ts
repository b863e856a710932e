import { expect, it } from 'vitest'
import { type Answer, chunk, eventOf } from './fake-server.ts'
import { openModel, startChatServer } from './open-model.ts'
import { chatCount, replyWith } from './pool/open-pool.ts'

/** Answers with one delta after another, for longer than the limit in all. */
function answerSlowly(deltas: readonly object[], finishReason: string): Answer {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const delta of deltas) {
      response.write(eventOf(chunk(delta)))
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
    response.end(eventOf(chunk({}, finishReason)))
  }
}

async function openSlow(deltas: readonly object[], finishReason = 'stop') {
  const servers = [await startChatServer(answerSlowly(deltas, finishReason))]
  servers.push(await startChatServer(replyWith('second')))
  const endpoints = servers.map(({ url }) => url)
  return { model: await openModel({ endpoints, firstPartTimeout: 250 }), servers }
}

it('a server keeps a call while it writes a thought that nobody asked for', async () => {
  const thoughts = ['a', 'b', 'c'].map((reasoning) => ({ reasoning }))
  const { model, servers } = await openSlow([...thoughts, { content: 'first' }])
  expect((await model.generate({ messages: 'hi', reasoning: 'off' })).text).toBe('first')
  expect(chatCount(servers[1])).toBe(0)
})

it('a server keeps a call while it writes a tool call', async () => {
  const pieces = ['{"a"', ': 1', '}'].map((text) => ({
    tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: text } }],
  }))
  const { model } = await openSlow(pieces, 'tool_calls')
  const tools = [{ name: 'add', parameters: {} }]
  expect((await model.generate({ messages: 'hi', tools })).toolCalls).toHaveLength(1)
})

it('a server that says nothing but its role loses a call', async () => {
  const roles = Array.from({ length: 4 }, () => ({ role: 'assistant', content: '' }))
  const { model } = await openSlow([...roles, { content: 'first' }])
  expect((await model.generate('hi')).text).toBe('second')
})
