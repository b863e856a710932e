import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { cache, memoryStore, Model } from '../../src/index.ts'
import { failStream, finish, greedy, streamSlowly, spy } from './spies.ts'

describe('cache', () => {
  it('replays greedy and seeded replies, and no others', async () => {
    const { driver, requests } = spy()
    const model = new Model(driver, cache(memoryStore()))
    for (const sampling of [
      { temperature: 0 },
      { temperature: 0 },
      { seed: 1 },
      { seed: 1 },
      { temperature: 1 },
      { temperature: 1 },
    ])
      await model.generate({ messages: 'hi', sampling })
    expect(requests).toHaveLength(4)
  })
  it('shares one stream among equal calls, until the last reader leaves', async () => {
    let endCount = 0
    const { driver, requests } = spy(async function* () {
      try {
        for (const text of 'abc') {
          await sleep(1)
          yield { type: 'text', text }
        }
        yield finish
      } finally {
        endCount++
      }
    })
    const model = new Model(driver, cache(memoryStore()))
    const idleStream = model.stream(greedy)
    await idleStream.next()
    const replies = await Promise.all([model.generate(greedy), model.generate(greedy)])
    expect([requests.length, ...replies.map(({ text }) => text)]).toEqual([1, 'abc', 'abc'])
    await idleStream.return()

    const abort = new AbortController()
    const leftStreams = [
      model.stream({ messages: 'again', sampling: { seed: 1 } }),
      model.stream({ messages: 'again', sampling: { seed: 1 } }, { signal: abort.signal }),
    ]
    for (const stream of leftStreams) await stream.next()
    await leftStreams[0]?.return()
    expect(endCount).toBe(1)
    abort.abort('enough')
    await sleep(5)
    expect([requests.length, endCount]).toEqual([2, 2])
  })
  it('keeps nothing of a reply that failed, and passes the failure to all who wait', async () => {
    const { driver, requests } = spy((_request, call) =>
      call === 1 ? failStream('unavailable') : streamSlowly(0),
    )
    const model = new Model(driver, cache(memoryStore()))
    const outcomes = await Promise.allSettled([model.generate(greedy), model.generate(greedy)])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect((await model.generate(greedy)).text).toBe('ok')
    expect(requests).toHaveLength(2)
  })
})
