import { describe, expect, it } from 'vitest'
import type { Answer } from '../fake-server.ts'
import { openModel, startChatServer } from '../open-model.ts'
import { chatCount, openPool, replyWith } from './open-pool.ts'

describe('a call', () => {
  it('that breaks two connections is not sent to a third server', async () => {
    const fell: Answer = (response) => void response.destroy()
    const { model, servers } = await openPool([fell, fell, fell, replyWith('here')])
    const error: unknown = await model.generate('hello').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'unavailable', retryable: false })
    const counts = servers.map((server) => chatCount(server) ?? 0)
    expect(counts.reduce((sum, count) => sum + count)).toBe(2)
  })

  it('moves on from every server that refuses the connection', async () => {
    const { model, servers } = await openPool([0, 1, 2, 3].map(() => replyWith('here')))
    for (const server of servers.slice(0, 3)) await server.close()
    expect((await model.generate('hello')).text).toBe('here')
  })
})

describe('a server that hangs, and answers liveness checks', () => {
  const hang: Answer = () => {}

  it('loses its calls to another one after firstPartTimeout', async () => {
    const servers = [await startChatServer(hang), await startChatServer(replyWith('second'))]
    const model = await openModel({
      endpoints: servers.map(({ url }) => url),
      firstPartTimeout: 200,
    })
    for (let count = 0; count < 4; count++)
      expect((await model.generate(`hello ${count}`)).text).toBe('second')
    expect(chatCount(servers[0])).toBe(1)
  })

  it('gets no further call of a conversation whose first one timed out', async () => {
    const { model, servers } = await openPool([hang, replyWith('second')])
    await expect(
      model.generate('hello', { signal: AbortSignal.timeout(100) }),
    ).rejects.toMatchObject({ name: 'TimeoutError' })
    for (let count = 0; count < 3; count++)
      expect((await model.generate('hello')).text).toBe('second')
    expect(chatCount(servers[0])).toBe(1)
  })
})
