import { describe, expect, it } from 'vitest'
import { contextWindow, type Message, Model } from '../../src/index.ts'
import { spy, turns } from './spies.ts'

describe('contextWindow', () => {
  it('leaves out the oldest turns, whole, and says so', async () => {
    const { driver, requests } = spy()
    const droppedMessages: Message[] = []
    const messages: Message[] = [{ role: 'system', content: 'Be brief.' }, ...turns(6, 20)]
    const { omittedMessages } = await new Model(
      driver,
      contextWindow({ reserve: 20, onDrop: (messages) => droppedMessages.push(...messages) }),
    ).generate({ messages })
    const sentMessages = requests[0]?.messages ?? []
    expect(sentMessages[0]).toEqual(messages[0])
    expect(sentMessages[1]?.role).toBe('user')
    expect([...droppedMessages, ...sentMessages.slice(1)]).toEqual(messages.slice(1))
    expect(droppedMessages.length % 2).toBe(0)
    expect(omittedMessages).toBe(droppedMessages.length)
  })
  it('says nothing where all messages fit', async () => {
    const reply = await new Model(spy().driver, contextWindow({ reserve: 20 })).generate('hi')
    expect(reply).not.toHaveProperty('omittedMessages')
  })
  it('leaves no tool result without its call', async () => {
    const { driver, requests } = spy()
    const call: Message = {
      role: 'assistant',
      content: 'x'.repeat(60),
      toolCalls: [{ id: 'a', name: 'f', input: {} }],
    }
    await new Model(driver, contextWindow({ reserve: 60 })).generate({
      messages: [
        { role: 'user', content: 'old' },
        call,
        { role: 'tool', toolCallId: 'a', output: 1 },
        { role: 'user', content: 'new' },
      ],
    })
    expect(requests[0]?.messages).toEqual([{ role: 'user', content: 'new' }])
  })
  it('refuses a last turn that does not fit', async () => {
    await expect(
      new Model(spy().driver, contextWindow()).generate('x'.repeat(200)),
    ).rejects.toMatchObject({ code: 'context-overflow', message: expect.stringContaining('120') })
  })
})
