import { setTimeout } from 'node:timers/promises'
import KeyvRedis from '@keyv/redis'
import { cache, Model } from '@nano/core'
import { scripted } from '@nano/core/testing'
import { Keyv } from 'keyv'
import { describe, expect, it, onTestFinished } from 'vitest'
import { redisSkipReason, startRedis } from '../support/redis.ts'

const request = { messages: 'hi', sampling: { temperature: 0 } } as const
let replyCount = 0

/** A model that never gives the same reply twice, with a cache before it. */
function cachedModel(keyv: Keyv) {
  const errors: unknown[] = []
  const store = cache(keyv, { readTimeout: 200, onError: (error) => errors.push(error) })
  const model = new Model(scripted({ reply: () => [`reply ${replyCount++}`] }), store)
  return { model, errors }
}

it('a Keyv keeps replies', async () => {
  const { model } = cachedModel(new Keyv())
  const first = await model.generate(request)
  await setTimeout(1)
  expect(await model.generate(request)).toMatchObject({ text: first.text, cached: true })
})

describe(`a Keyv on a Redis server${redisSkipReason}`, { skip: redisSkipReason !== '' }, () => {
  async function redisKeyv() {
    const server = await startRedis()
    onTestFinished(() => server.kill())
    const open = () => {
      const redis = new KeyvRedis(server.url)
      const keyv = new Keyv(redis)
      // Without a listener an error of the connection would end the process.
      keyv.on('error', () => {})
      // At once: to a server that is dead it would go on trying to connect.
      onTestFinished(() => redis.disconnect(true))
      return keyv
    }
    return { server, open }
  }

  it('gives the replies of one process to another', async () => {
    const { open } = await redisKeyv()
    const first = await cachedModel(open()).model.generate(request)
    await setTimeout(50)
    const second = await cachedModel(open()).model.generate(request)
    expect(second).toMatchObject({ text: first.text, cached: true })
  })

  it('breaks no request when the server is killed', async () => {
    const { server, open } = await redisKeyv()
    const { model } = cachedModel(open())
    const first = await model.generate(request)
    await server.kill()
    const second = await model.generate(request)
    expect(second.cached).toBeUndefined()
    expect(second.text).not.toBe(first.text)
  })

  it('holds up no request for longer than readTimeout when the server hangs', async () => {
    const { server, open } = await redisKeyv()
    const { model, errors } = cachedModel(open())
    await model.generate(request)
    server.child.kill('SIGSTOP')
    const startedAt = performance.now()
    expect((await model.generate(request)).cached).toBeUndefined()
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(errors).toEqual([expect.objectContaining({ code: 'timeout' })])
    server.child.kill('SIGCONT')
  })

  it('is not believed when it holds something else', async () => {
    const { open } = await redisKeyv()
    const keyv = open()
    const { model } = cachedModel(keyv)
    const keys: string[] = []
    const set = keyv.set.bind(keyv)
    keyv.set = (key: string, value: unknown) => {
      keys.push(key)
      return set(key, value)
    }
    await model.generate(request)
    await setTimeout(50)
    for (const lie of ['not JSON', [], [{ type: 'text' }], 7, { parts: null }]) {
      await set(keys[0] ?? '', lie)
      expect((await model.generate(request)).cached).toBeUndefined()
      await setTimeout(20)
    }
    expect(keys.length).toBeGreaterThan(1)
  })
})
