import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { loraContexts } from '../../src/engine/lora-contexts.ts'
import type { SequenceLease, SharedContext } from '../../src/engine/shared-context.ts'

/**
 * Contexts that take `delay` milliseconds to open, and a log of those that were opened (`+`) and
 * disposed of (`-`), in order.
 */
function loggedContexts({ delay = 20, limit = 1, failing = '' } = {}) {
  const log: string[] = []
  const context = (lora: string): SharedContext => ({
    take: async () => ({ release() {} }) as SequenceLease,
    dispose: async () => void log.push(`-${lora}`),
  })
  const contexts = loraContexts({
    limit,
    async open(lora) {
      await setTimeout(delay)
      if (lora === failing) throw new RangeError('no room')
      log.push(`+${lora}`)
      return context(lora)
    },
  })
  return {
    log,
    contexts,
    take: (lora: string, signal = AbortSignal.any([])) => contexts.take(lora, [], signal),
  }
}

it('an abort ends the wait for a context, which is opened for the next request', async () => {
  const { log, take } = loggedContexts({ delay: 60 })
  const abort = new AbortController()
  const startedAt = performance.now()
  const abortedLease = take('a', abort.signal).catch((error: unknown) => error)
  await setTimeout(5)
  abort.abort('enough')
  expect(await abortedLease).toBe('enough')
  expect(performance.now() - startedAt).toBeLessThan(50)
  const nextLease = await take('a')
  expect(log).toEqual(['+a'])
  nextLease.release()
  const secondContext = await take('b')
  expect(log).toEqual(['+a', '-a', '+b'])
  secondContext.release()
})

it('an abort ends the waiting while another context makes room', async () => {
  const { log, take } = loggedContexts()
  const firstLease = await take('a')
  firstLease.release()
  const abort = new AbortController()
  const abortedLease = take('b', abort.signal).catch((error: unknown) => error)
  abort.abort('enough')
  expect(await abortedLease).toBe('enough')
  const thirdLease = await take('c')
  expect(log.join(' ')).toMatch(/^\+a -a (\+b -b )?\+c$/)
  thirdLease.release()
})

it('two requests share a context that is being opened, and one may leave', async () => {
  const { log, take } = loggedContexts()
  const abort = new AbortController()
  const abortedLease = take('a', abort.signal).catch((error: unknown) => error)
  const waitingLease = take('a')
  await setTimeout(2)
  abort.abort('enough')
  expect(await abortedLease).toBe('enough')
  const lease = await waitingLease
  const pendingLease = take('b')
  await setTimeout(30)
  expect(log).toEqual(['+a'])
  lease.release()
  const nextLease = await pendingLease
  expect(log).toEqual(['+a', '-a', '+b'])
  nextLease.release()
})

it('a context that cannot be opened fails its requests, and leaves room for others', async () => {
  const { log, take } = loggedContexts({ failing: 'a' })
  const outcomes = await Promise.allSettled([take('a'), take('a')])
  expect(outcomes.map((end) => end.status === 'rejected' && String(end.reason))).toEqual([
    'RangeError: no room',
    'RangeError: no room',
  ])
  const nextLease = await take('b')
  nextLease.release()
  expect(log).toEqual(['+b'])
})

it('all are disposed of, those that are being opened too', async () => {
  const { log, take, contexts } = loggedContexts({ limit: 2 })
  const firstLease = await take('a')
  firstLease.release()
  const abort = new AbortController()
  const openingLease = take('b', abort.signal).catch((error: unknown) => error)
  await setTimeout(2)
  abort.abort('closed')
  await openingLease
  await contexts.dispose()
  expect(log.toSorted()).toEqual(['+a', '+b', '-a', '-b'])
})

it('no more contexts are open than the limit, in whatever order requests come and go', async () => {
  const { log, take } = loggedContexts({ delay: 1, limit: 2 })
  let seed = 3
  const drawBelow = (limit: number) =>
    Math.floor(((seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32) * limit)
  await Promise.all(
    Array.from({ length: 80 }, async () => {
      const [lora = 'a', delay, hold, patience] = [
        'abcd'[drawBelow(4)],
        drawBelow(40),
        drawBelow(4),
        drawBelow(3) === 0 ? drawBelow(30) : 5_000,
      ]
      await setTimeout(delay)
      const abort = new AbortController()
      const timer = globalThis.setTimeout(() => abort.abort('enough'), patience)
      const lease = await take(lora, abort.signal).catch(
        (error: unknown) => void expect(error).toBe('enough'),
      )
      await setTimeout(hold)
      lease?.release()
      clearTimeout(timer)
    }),
  )
  let open = 0
  for (const line of log) expect((open += line.startsWith('+') ? 1 : -1)).toBeLessThanOrEqual(2)
  for (const lora of 'abcd') (await take(lora)).release()
})
