import { setTimeout } from 'node:timers/promises'
import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { itemsUpTo, modelWith, run } from '../support/batches.ts'

const rateLimited = (retryAfter: number) =>
  new NanoError('rate-limited', 'the server asks to wait', { retryable: true, retryAfter })

describe('an error of a request', () => {
  it('is its result, and ends no other request', async () => {
    const { model } = modelWith((text) => {
      if (text === '3') throw new NanoError('context-overflow', 'too long')
      return text
    })
    const { results, summary } = await run(model, itemsUpTo(10))
    expect(results.find(({ id }) => id === '3')).toMatchObject({
      attempts: 1,
      error: { code: 'context-overflow' },
    })
    expect(summary).toMatchObject({ finished: 10, failed: 1, isComplete: true })
  })

  it('is tried again where it may succeed later, up to a number of attempts', async () => {
    const { model } = modelWith((text, attempt) => {
      if (text === '1' || attempt < 3)
        throw new NanoError('unavailable', 'down', { retryable: true })
      return text
    })
    const { results } = await run(model, itemsUpTo(2), { attempts: 4 })
    expect(results.find(({ id }) => id === '0')).toMatchObject({
      attempts: 3,
      reply: { text: '0' },
    })
    expect(results.find(({ id }) => id === '1')).toMatchObject({ attempts: 4, error: {} })
  })

  it('that asks to wait makes all requests wait', async () => {
    let limitedAt = Infinity
    const startedAfter: number[] = []
    const { model } = modelWith(async (text, attempt) => {
      startedAfter.push(performance.now() - limitedAt)
      if (text === '0' && attempt === 1) {
        limitedAt = performance.now()
        throw rateLimited(300)
      }
      await setTimeout(1)
      return text
    })
    const { summary } = await run(model, itemsUpTo(20), { concurrency: 2 })
    expect(summary).toMatchObject({ finished: 20, failed: 0 })
    expect(startedAfter.filter((time) => time > 100 && time < 250)).toEqual([])
    expect(startedAfter.filter((time) => time >= 250).length).toBeGreaterThanOrEqual(18)
  })

  it('that asks to wait costs no attempt', async () => {
    const { model } = modelWith((text, attempt) => {
      if (attempt < 4) throw rateLimited(1)
      return text
    })
    const { results } = await run(model, itemsUpTo(1), { attempts: 1 })
    expect(results).toMatchObject([{ attempts: 4, reply: { text: '0' } }])
  })

  it('that asks to wait again and again is its result in the end', async () => {
    const { model } = modelWith((text) => {
      if (text === '0') throw rateLimited(1)
      return text
    })
    const { results } = await run(model, itemsUpTo(3))
    expect(results.find(({ id }) => id === '0')).toMatchObject({
      attempts: 21,
      error: { code: 'rate-limited' },
    })
    expect(results).toHaveLength(3)
  })

  it('in what is given instead of a request is its result', async () => {
    const { model, counts } = modelWith((text) => text)
    const error = new NanoError('invalid-request', 'no messages')
    const { results } = await run(model, [{ id: 'a', error }])
    expect(results).toEqual([{ id: 'a', attempts: 0, error }])
    expect(counts.calls).toBe(0)
  })
})

describe('an error that every request would have ends the batch', () => {
  it.each([
    ['a wrong key', new NanoError('unauthorized', 'wrong key'), 'wrong key'],
    ['an unknown model', new NanoError('not-found', 'no such model'), 'no such model'],
    ['a broken model', new NanoError('bad-model', 'broken'), 'broken'],
    ['a quota that is used up', new NanoError('rate-limited', 'no money left'), 'no money left'],
    ['a wait longer than maxDelay', rateLimited(100_000), '100000 ms, and maxDelay is 1000 ms'],
  ])('%s', async (_name, error, message) => {
    const { model, counts } = modelWith(() => {
      throw error
    })
    await expect(
      run(model, itemsUpTo(100), { concurrency: 1, maxDelay: 1_000 }),
    ).rejects.toMatchObject({ code: error.code, message: expect.stringContaining(message) })
    expect(counts.calls).toBeLessThanOrEqual(2)
  })
})

it('takes no further request after an abort, while those with the model still end', async () => {
  const abort = new AbortController()
  const { model } = modelWith(async () => {
    await setTimeout(30)
    return 'late'
  })
  let takenCount = 0
  async function* items() {
    for (const item of itemsUpTo(1_000)) {
      await setTimeout(0)
      if (++takenCount === 3) abort.abort(new Error('enough'))
      yield item
    }
  }
  const running = run(model, items(), { signal: abort.signal })
  await expect(running).rejects.toThrow('enough')
  expect(takenCount).toBeLessThan(5)
})
