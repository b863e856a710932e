import { setImmediate, setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { batchScheduler, orderBatch } from '../../src/engine/batch-scheduler.ts'
import type { Token } from '../../src/runtime.ts'

const neverAborted = new AbortController().signal

describe('requests that decode', () => {
  /** Requests by name, and who decoded in each batch. */
  function requests(names: string, steps: number) {
    const scheduler = batchScheduler(1)
    const batches: string[] = []
    let batch = ''
    let runningCount = 0
    const call = (name: string) => async () => {
      runningCount++
      batch += name
      await setTimeout(1)
      if (--runningCount === 0) {
        batches.push([...batch].toSorted().join(''))
        batch = ''
      }
    }
    const run = async (
      name: string,
      { delay = 0, count = steps, pause = async (_step: number) => {} } = {},
    ) => {
      await setTimeout(delay)
      const { decode, leave } = scheduler.join()
      for (let step = 0; step < count; step++) {
        await decode(call(name))
        await pause(step)
      }
      leave()
    }
    return { batches, run, runAll: () => Promise.all([...names].map((name) => run(name))) }
  }

  it('share each batch while they keep up', async () => {
    const { batches, runAll } = requests('abcd', 5)
    await runAll()
    // The first does not know of the others yet.
    expect(batches).toEqual(['a', 'abcd', 'abcd', 'abcd', 'abcd', 'bcd'])
  })

  it('take in one that comes during a batch, and go on as one', async () => {
    const { batches, run } = requests('', 12)
    await Promise.all([run('a'), run('b'), run('c', { delay: 4, count: 4 })])
    expect(batches.filter((batch) => batch === 'abc')).toHaveLength(4)
    expect(batches.filter((batch) => batch === 'c')).toHaveLength(0)
    expect(
      batches.slice(1, -1).every((batch) => batch === 'ab' || batch === 'abc'),
      batches.join(' '),
    ).toBe(true)
  })

  it('do not wait for a slow reader, who joins again when it is back', async () => {
    const { batches, run } = requests('', 20)
    const pause = (step: number) => (step === 0 ? setTimeout(12) : Promise.resolve())
    await Promise.all([run('a'), run('b'), run('s', { count: 3, pause })])
    expect(batches.slice(0, 3)).toEqual(['a', 'abs', 'ab'])
    expect(batches.filter((batch) => batch === 'abs')).toHaveLength(3)
  })

  it('start at once while no other request is there', async () => {
    const scheduler = batchScheduler(1)
    const startDecoding = ({ decode }: ReturnType<typeof scheduler.join>) => {
      let isStarted = false
      const decoding = decode(async () => {
        isStarted = true
        await setImmediate()
      })
      return { isStarted, decoding }
    }
    const first = scheduler.join()
    const alone = startDecoding(first)
    expect(alone.isStarted).toBe(true)
    await alone.decoding
    const second = scheduler.join()
    const together = [startDecoding(second), startDecoding(first)]
    expect(together.map(({ isStarted }) => isStarted)).toEqual([false, false])
    await Promise.all(together.map(({ decoding }) => decoding))
    second.leave()
    const aloneAgain = startDecoding(first)
    expect(aloneAgain.isStarted).toBe(true)
    first.leave()
    const behindTheLast = startDecoding(scheduler.join())
    expect(behindTheLast.isStarted).toBe(false)
    await Promise.all([aloneAgain.decoding, behindTheLast.decoding])
  })

  it('do not wait for one that has left', async () => {
    const scheduler = batchScheduler(1)
    const [a, b] = [scheduler.join(), scheduler.join()]
    expect(await Promise.all([a.decode(async () => 1), b.decode(async () => 2)])).toEqual([1, 2])
    b.leave()
    expect(await a.decode(async () => 3)).toBe(3)
    a.leave()
  })

  it('go on after a call that failed', async () => {
    const { decode } = batchScheduler(1).join()
    await expect(decode(() => Promise.reject(new RangeError('no')))).rejects.toThrow('no')
    expect(await decode(async () => 4)).toBe(4)
  })

  it('all come to their end, whatever their paces', async () => {
    const { batches, run } = requests('', 30)
    const paces = [0, 0, 1, 2, 3, 5, 8]
    await Promise.all(
      paces.map((pace, index) =>
        run(String(index), {
          delay: pace,
          pause: (step) =>
            step % 7 === index ? setTimeout(pace) : (setImmediate() as Promise<void>),
        }),
      ),
    )
    expect(batches.join('')).toHaveLength(paces.length * 30)
  })
})

describe('requests that read a prompt', () => {
  /** Requests that each hold their batch until it is let go, and who was in each. */
  function readers(size: number) {
    const scheduler = batchScheduler(size)
    const startedNames: string[] = []
    let endBatch = () => {}
    let batch = new Promise<void>((resolve) => (endBatch = resolve))
    const call = (name: string) => () => {
      startedNames.push(name)
      return batch
    }
    return {
      startedNames,
      read: (name: string, tokens: number, signal = neverAborted) =>
        scheduler.join().read(tokens, signal, call(name)),
      decode: (name: string) => scheduler.join().decode(call(name)),
      /** Ends the batch that runs, and gives the next one time to start. */
      async nextBatch() {
        const end = endBatch
        batch = new Promise<void>((resolve) => (endBatch = resolve))
        end()
        await setTimeout(2)
      },
    }
  }

  it('share a batch as far as it has room, and the next one comes after it', async () => {
    const { read, startedNames, nextBatch } = readers(32)
    const calls = Promise.all([read('a', 8), read('b', 24), read('c', 1)])
    await setTimeout(2)
    expect(startedNames).toEqual(['a', 'b'])
    await nextBatch()
    expect(startedNames).toEqual(['a', 'b', 'c'])
    await nextBatch()
    await calls
  })

  it('come first in, first served: a short one does not overtake a long one', async () => {
    const { read, startedNames, nextBatch } = readers(32)
    const calls = Promise.all([read('a', 8), read('long', 32), read('short', 1)])
    await setTimeout(2)
    expect(startedNames).toEqual(['a'])
    await nextBatch()
    expect(startedNames).toEqual(['a', 'long'])
    await nextBatch()
    expect(startedNames).toEqual(['a', 'long', 'short'])
    await nextBatch()
    await calls
  })

  it('take no room from those that decode, who do not wait for them', async () => {
    const { read, decode, startedNames, nextBatch } = readers(32)
    const calls = Promise.all([read('a', 32), read('b', 32), decode('c'), decode('d')])
    await setTimeout(2)
    expect(startedNames).toEqual(['a', 'c', 'd'])
    await nextBatch()
    expect(startedNames).toEqual(['a', 'c', 'd', 'b'])
    await nextBatch()
    await calls
  })

  it('may be longer than a batch, and then have one for themselves', async () => {
    const { read, startedNames, nextBatch } = readers(32)
    const calls = Promise.all([read('long', 40), read('a', 1)])
    await setTimeout(2)
    expect(startedNames).toEqual(['long'])
    await nextBatch()
    await nextBatch()
    await calls
  })

  it('hold nothing after an abort while they wait, and those behind them start', async () => {
    const { read, startedNames, nextBatch } = readers(32)
    const abort = new AbortController()
    const firstCall = read('a', 8)
    const longCall = read('long', 32, abort.signal)
    const shortCall = read('short', 1)
    await setTimeout(2)
    abort.abort(new RangeError('enough'))
    await expect(longCall).rejects.toThrow('enough')
    await nextBatch()
    expect(startedNames).toEqual(['a', 'short'])
    await nextBatch()
    await Promise.all([firstCall, shortCall])
  })

  it('do not start where they were aborted before they asked', async () => {
    const { read, startedNames, nextBatch } = readers(32)
    await expect(read('a', 1, AbortSignal.abort(new RangeError('late')))).rejects.toThrow('late')
    const secondRead = read('b', 32)
    await setTimeout(2)
    expect(startedNames).toEqual(['b'])
    await nextBatch()
    await secondRead
  })
})

describe('a batch', () => {
  const item = (sequence: number, count: number) => ({
    evaluationPriority: sequence,
    tokens: Array.from({ length: count }, (_, token) => token as Token),
  })

  /** Sequence and tokens of each part of the batch. */
  function order(size: number, ...items: ReturnType<typeof item>[]) {
    return orderBatch({ items, size }).map(({ item: { evaluationPriority }, processAmount }) => [
      evaluationPriority,
      processAmount,
    ])
  }

  it('holds its sequences in their order, whichever came first', () => {
    expect(order(8, item(2, 1), item(0, 1), item(3, 1), item(1, 1))).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
    ])
  })

  it('leaves what does not fit to the next one, and a call without room out', () => {
    expect(order(5, item(1, 4), item(0, 3))).toEqual([
      [0, 3],
      [1, 2],
    ])
    expect(order(3, item(1, 4), item(0, 3))).toEqual([[0, 3]])
  })
})
