import { setTimeout } from 'node:timers/promises'
import { type GenerateRequest, Model, NanoError } from '@nano/core'
import { scripted } from '@nano/core/testing'
import { describe, expect, it } from 'vitest'
import { batch, type BatchItem, type BatchOptions, type BatchResult } from '../../src/index.ts'

type Answer = (text: string, attempt: number) => Promise<string> | string

/** A model that answers as a function says, and knows how many requests were with it at once. */
function modelWith(answer: Answer) {
  const counts = { running: 0, most: 0, calls: 0 }
  const attempts = new Map<string, number>()
  const driver = scripted()
  const model = new Model({
    ...driver,
    async *stream(request: GenerateRequest, call) {
      const message = request.messages[0]
      const text = message?.role === 'user' ? message.content : ''
      const attempt = (attempts.get(text) ?? 0) + 1
      attempts.set(text, attempt)
      counts.calls++
      counts.most = Math.max(counts.most, ++counts.running)
      try {
        const reply = await answer(text, attempt)
        call.signal.throwIfAborted()
        yield* scripted({ reply: () => [reply], thought: () => [] }).stream(request, call)
      } finally {
        counts.running--
      }
    },
  })
  return { model, counts }
}

function* itemsUpTo(count: number): Generator<BatchItem> {
  for (let index = 0; index < count; index++) yield { id: `${index}`, input: `${index}` }
}

async function run(
  model: Model,
  items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
  options: BatchOptions = {},
) {
  const results: BatchResult[] = []
  const replies = batch(model, items, { delay: 1, concurrency: 4, ...options })
  for (;;) {
    const { value, done } = await replies.next()
    if (done) return { results, summary: value }
    results.push(value)
  }
}

const rateLimited = (retryAfter: number) =>
  new NanoError('rate-limited', 'the server asks to wait', { retryable: true, retryAfter })

describe('a batch', () => {
  it('has one result for each request, as many at once as it is told', async () => {
    const { model, counts } = modelWith(async (text) => {
      await setTimeout(Number(text) % 3)
      return `reply ${text}`
    })
    const { results, summary } = await run(model, itemsUpTo(50), { concurrency: 7 })
    expect(results.map(({ id, reply }) => [id, reply?.text])).toEqual(
      expect.arrayContaining([...itemsUpTo(50)].map(({ id }) => [id, `reply ${id}`])),
    )
    expect(results).toHaveLength(50)
    expect(counts.most).toBe(7)
    expect(summary).toMatchObject({ finished: 50, failed: 0, isComplete: true })
  })

  it('yields results as they finish, or in the order of the requests', async () => {
    const { model } = modelWith(async (text) => {
      await setTimeout(text === '0' ? 30 : 0)
      return text
    })
    const idsIn = async (order: 'finished' | 'input') =>
      (await run(model, itemsUpTo(6), { concurrency: 3, order })).results.map(({ id }) => id)
    expect((await idsIn('finished')).at(-1)).toBe('0')
    expect(await idsIn('input')).toEqual(['0', '1', '2', '3', '4', '5'])
  })

  it('takes no more requests than it can start', async () => {
    const { model } = modelWith((text) => text)
    let takenCount = 0
    function* countItems() {
      for (const item of itemsUpTo(1_000)) {
        takenCount++
        yield item
      }
    }
    const replies = batch(model, countItems(), { concurrency: 2 })
    for (let count = 0; count < 5; count++) await replies.next()
    await setTimeout(5)
    expect(takenCount).toBeLessThanOrEqual(8)
    await replies.return({ finished: 0, failed: 0, tokens: 0, isComplete: false, levels: [] })
  })

  it('finds how many requests at once are fastest', async () => {
    // Up to eight take as long as one.
    const counts = { running: 0 }
    const { model } = modelWith(async (text) => {
      counts.running++
      await setTimeout(4 * Math.max(1, counts.running / 8))
      counts.running--
      return text
    })
    const { summary, results } = await run(model, itemsUpTo(1_500), {
      concurrency: { max: 64 },
      total: 1_500,
    })
    expect(results).toHaveLength(1_500)
    expect(summary.levels.map((level) => level.concurrency).slice(0, 4)).toEqual([1, 2, 4, 8])
    expect(summary.levels.at(-1)?.concurrency).toBeLessThanOrEqual(32)
  })

  it('holds few results in memory while an early request takes long', async () => {
    const release = Promise.withResolvers<void>()
    const { model, counts } = modelWith(async (text) => {
      if (text === '0') await release.promise
      return text
    })
    const running = run(model, itemsUpTo(500), { concurrency: 2, order: 'input' })
    await setTimeout(50)
    expect(counts.calls).toBeLessThanOrEqual(2 * 16)
    release.resolve()
    const { results } = await running
    expect(results.map(({ id }) => id)).toEqual([...itemsUpTo(500)].map(({ id }) => id))
  })
})

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

describe('a batch ends', () => {
  it('where the limit of tokens is reached, and says that it is not complete', async () => {
    const { model, counts } = modelWith((text) => text)
    const { results, summary } = await run(model, itemsUpTo(1_000), {
      concurrency: 2,
      tokenLimit: 500,
    })
    expect(summary.isComplete).toBe(false)
    expect(summary.tokens).toBeGreaterThanOrEqual(500)
    expect(results).toHaveLength(summary.finished)
    expect(counts.calls).toBe(summary.finished)
    const { summary: last } = await run(model, itemsUpTo(3), { concurrency: 1, tokenLimit: 3 })
    expect(last).toMatchObject({ finished: 1, isComplete: false })
    const { summary: only } = await run(model, itemsUpTo(1), { tokenLimit: 3 })
    expect(only).toMatchObject({ finished: 1, isComplete: true })
  })

  it('with the reason of an abort, and leaves nothing running', async () => {
    const controller = new AbortController()
    const { model, counts } = modelWith(async (text) => {
      await setTimeout(5)
      return text
    })
    const running = run(model, itemsUpTo(1_000), { signal: controller.signal })
    await setTimeout(20)
    controller.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
    expect(counts.running).toBe(0)
    await expect(run(model, itemsUpTo(1), { signal: controller.signal })).rejects.toThrow('enough')
  })

  it('where the loop is left, and leaves nothing running', async () => {
    const { model, counts } = modelWith(async (text) => {
      await setTimeout(5)
      return text
    })
    for await (const { id } of batch(model, itemsUpTo(1_000))) if (Number(id) > 5) break
    expect(counts.running).toBe(0)
  })

  it('with the error of its requests, its listener or a closed model', async () => {
    const { model } = modelWith((text) => text)
    const throwing = function* () {
      yield { id: '0', input: '0' }
      throw new Error('no more lines')
    }
    await expect(run(model, throwing())).rejects.toThrow('no more lines')
    const onProgress = () => {
      throw new Error('a fault of the listener')
    }
    await expect(run(model, itemsUpTo(3), { onProgress })).rejects.toThrow(
      'a fault of the listener',
    )
    await model.close()
    await expect(run(model, itemsUpTo(3))).rejects.toMatchObject({ code: 'closed' })
  })

  it('before it begins where options are not valid', async () => {
    const { model, counts } = modelWith((text) => text)
    await expect(run(model, itemsUpTo(3), { concurrency: 0 })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('concurrency'),
    })
    expect(counts.calls).toBe(0)
  })
})
