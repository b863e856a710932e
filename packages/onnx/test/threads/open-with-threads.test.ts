import { availableParallelism } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openWithThreads } from '../../src/threads/open-with-threads.ts'
import type { OpenedSession } from '../../src/worker/open-session.ts'

const cores = availableParallelism()
const small = {
  file: { path: 'model.onnx', size: 100_000_000 },
  architecture: 'llama',
  parallel: 1,
  modelSize: 'small' as const,
  isOnCpu: true,
  maxRunTime: 50,
  signal: undefined,
  threads: undefined,
}
type Remember = NonNullable<Parameters<typeof openWithThreads>[2]>
const measureAnew: Remember = async ({ measure }) => measure()
const remembersOne: Remember = async () => ({ prefill: 1, decode: 1, decodeTogether: 1 })

/** Sessions of a model that replies in so many milliseconds, by its threads. */
function sessionsOf(replyTime: (threads: number) => number) {
  const opened: (number | undefined)[] = []
  const closed: (number | undefined)[] = []
  const open = async (threads?: number): Promise<OpenedSession> => {
    opened.push(threads)
    const call = async (name: string) => {
      if (name === 'beginReply') await setTimeout(replyTime(threads ?? 0))
      return name === 'beginReply' ? { cachedInput: 0 } : [{ token: 1 }]
    }
    return {
      session: {
        call: call as OpenedSession['session']['call'],
        close: async () => void closed.push(threads),
      },
      openOutput: { provider: 'cpu', unavailableProviders: [] },
    }
  }
  return { open, opened, closed }
}

describe('a small model on the CPU', () => {
  it('keeps the session whose threads reply fastest, and closes the others', async () => {
    for (const fastest of new Set([1, cores])) {
      const { open, opened, closed } = sessionsOf((threads) => (threads === fastest ? 1 : 30))
      const { threads } = await openWithThreads(small, open, measureAnew)
      expect(threads).toBe(fastest)
      expect(new Set(opened).size).toBe(opened.length)
      expect(closed.toSorted()).toEqual(opened.filter((count) => count !== fastest).toSorted())
    }
  })

  it('is opened once where its threads are known', async () => {
    const { open, opened, closed } = sessionsOf(() => 1)
    expect(await openWithThreads(small, open, remembersOne)).toMatchObject({ threads: 1 })
    expect([opened, closed]).toEqual([[1], []])
  })

  it('notices an abort during the measurement, and closes what is open', async () => {
    const { open, opened, closed } = sessionsOf(() => 1)
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(openWithThreads({ ...small, signal }, open, measureAnew)).rejects.toThrow('enough')
    expect(opened).toEqual([cores, Math.floor(cores / 2)].filter((count) => count > 0))
    expect(closed).toEqual(opened)
  })

  const oneCore = cores === 1 ? ' (needs two cores)' : ''
  it.skipIf(oneCore)(
    `leaves no session open where another cannot be opened${oneCore}`,
    async () => {
      const { open, opened, closed } = sessionsOf(() => 1)
      const failing = (threads?: number) =>
        threads === cores ? open(threads) : Promise.reject(new Error('no memory'))
      await expect(openWithThreads(small, failing, measureAnew)).rejects.toThrow('no memory')
      expect(closed).toEqual(opened)
    },
  )

  it('leaves no session open where remembering the result fails', async () => {
    const { open, opened, closed } = sessionsOf(() => 30)
    const fails: Remember = async ({ measure }) => {
      await measure()
      throw new Error('aborted')
    }
    await expect(openWithThreads(small, open, fails)).rejects.toThrow('aborted')
    expect(opened).not.toEqual([])
    expect(closed).toEqual(opened)
  })
})

describe('any other model is not measured', () => {
  it.each([
    ['has the threads that the caller asks for', { ...small, threads: 3 }, 3],
    ['has one where it is tiny', { ...small, modelSize: 'tiny' as const }, 1],
    ['has one where it is small and on another device', { ...small, isOnCpu: false }, 1],
    [
      'has what the runtime chooses where it is large',
      { ...small, modelSize: 'large' as const },
      undefined,
    ],
  ])('and %s', async (_, choice, expected) => {
    const { open, opened } = sessionsOf(() => 1)
    const { threads } = await openWithThreads(choice, open, measureAnew)
    expect([threads, opened]).toEqual([expected, [expected]])
  })
})
