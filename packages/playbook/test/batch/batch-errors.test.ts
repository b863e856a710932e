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
        throw rateLimited(60)
      }
      await setTimeout(1)
      return text
    })
    const { summary } = await run(model, itemsUpTo(20), { concurrency: 2 })
    expect(summary).toMatchObject({ finished: 20, failed: 0 })
    const later = startedAfter.filter((time) => time > 5)
    expect(later.length).toBeGreaterThanOrEqual(18)
    expect(Math.min(...later)).toBeGreaterThanOrEqual(58)
  })

  it('that asks to wait longer than allowed is its result', async () => {
    const { model } = modelWith(() => {
      throw rateLimited(100_000)
    })
    const { results } = await run(model, itemsUpTo(1), { maxDelay: 1_000 })
    expect(results).toMatchObject([{ attempts: 1, error: { code: 'rate-limited' } }])
  })

  it('in what is given instead of a request is its result', async () => {
    const { model, counts } = modelWith((text) => text)
    const error = new NanoError('invalid-request', 'no messages')
    const { results } = await run(model, [{ id: 'a', error }])
    expect(results).toEqual([{ id: 'a', attempts: 0, error }])
    expect(counts.calls).toBe(0)
  })
})
