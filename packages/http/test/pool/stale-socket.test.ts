import { describe, expect, it } from 'vitest'
import { chatCount, openPool, replyWith } from './open-pool.ts'

describe('a call whose reused socket breaks', () => {
  it('is sent to another server, not to the same', async () => {
    const { model, servers } = await openPool([
      (response) => void response.destroy(),
      replyWith('here'),
    ])
    expect((await model.generate('hello')).text).toBe('here')
    expect(servers.map(chatCount)).toEqual([1, 1])
  })

  it('is sent to the same server where no other works', async () => {
    let breaks = 1
    const { model, servers } = await openPool([
      (response, request) =>
        breaks-- > 0 ? void response.destroy() : replyWith('again')(response, request),
      replyWith('away'),
    ])
    await servers[1]?.close()
    expect((await model.generate('hello')).text).toBe('again')
    expect(chatCount(servers[0])).toBe(2)
  })
})
