import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { batch, type BatchItem } from '../../src/index.ts'
import { itemsUpTo, modelWith, run } from '../support/batches.ts'

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
    // Which one is the fastest is not certain on a machine that does other things too.
    expect(summary.levels.map((level) => level.concurrency).slice(0, 2)).toEqual([1, 2])
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

  it('after the results that are there, where its requests fail', async () => {
    const { model } = modelWith((text) => text)
    const failing = Promise.withResolvers<void>()
    async function* failLater() {
      yield* itemsUpTo(2)
      await failing.promise
      throw new Error('no more lines')
    }
    const replies = batch(model, failLater(), { concurrency: 4 })
    expect((await replies.next()).done).toBe(false)
    await setTimeout(20)
    failing.resolve()
    await setTimeout(5)
    expect((await replies.next()).done).toBe(false)
    await expect(replies.next()).rejects.toThrow('no more lines')
  })

  it('without taking a request that it does not run', async () => {
    const { model, counts } = modelWith((text) => text)
    let takenCount = 0
    function* countItems() {
      for (const item of itemsUpTo(10)) {
        takenCount++
        yield item
      }
    }
    const options = { concurrency: 1, tokenLimit: 1 }
    const { summary } = await run(model, countItems(), options)
    expect(summary).toMatchObject({ finished: 1, isComplete: false })
    expect([takenCount, counts.calls]).toEqual([1, 1])
  })

  it('with its own error, whatever closing its requests throws', async () => {
    const { model } = modelWith((text) => text)
    let closeCount = 0
    const closing = (next: () => IteratorResult<BatchItem>) => ({
      [Symbol.iterator]: () => ({
        next,
        return(): IteratorResult<BatchItem> {
          closeCount++
          throw new Error('cannot close')
        },
      }),
    })
    const onProgress = () => {
      throw new Error('a fault of the listener')
    }
    const endless = closing(() => ({ done: false, value: { id: 'a', input: 'a' } }))
    await expect(run(model, endless, { onProgress })).rejects.toThrow('a fault of the listener')
    expect(closeCount).toBe(1)
    const ended = closing(() => ({ done: true, value: undefined }))
    expect((await run(model, ended)).summary.isComplete).toBe(true)
    const throwing = closing(() => {
      throw new Error('no more lines')
    })
    await expect(run(model, throwing)).rejects.toThrow('no more lines')
    expect(closeCount).toBe(1)
  })

  it.each([
    ['a text', 'requests.jsonl', 'expected an iterable of requests, got a string'],
    ['a number', 3, 'got a number'],
    ['nothing', undefined, 'got undefined'],
    ['texts', ['a'], 'expected a request with an id, got a string'],
    ['numbers as ids', [{ id: 1, input: 'a' }], 'to be a string, got a number'],
    ['a request without input', [{ id: 'a' }], 'with an input'],
  ])('before it begins where it is given %s', async (_name, items, message) => {
    const { model, counts } = modelWith((text) => text)
    const running = run(model, items as unknown as BatchItem[])
    await expect(running).rejects.toThrow(TypeError)
    await expect(running).rejects.toThrow(message)
    expect(counts.calls).toBe(0)
  })

  it('before it begins where options are not valid', async () => {
    const { model, counts } = modelWith((text) => text)
    await expect(run(model, itemsUpTo(3), { concurrency: 0 })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('concurrency'),
    })
    await expect(run(model, itemsUpTo(3), { maxDelay: 2 ** 31 })).rejects.toThrow('maxDelay')
    expect(counts.calls).toBe(0)
  })
})
