import { setTimeout } from 'node:timers/promises'
import { sequencePool } from '@nano/chat/engine'
import { expect, it } from 'vitest'
import { type Context, contexts } from '../../src/engine/lora-contexts.ts'
import { lockstep } from '../../src/engine/lockstep.ts'
import { tokenBudget } from '../../src/engine/token-budget.ts'

/**
 * Contexts that take `slow` milliseconds to make, and what was made and disposed of in which order.
 */
function makers({ slow = 20, limit = 1, fails = '' } = {}) {
  const log: string[] = []
  const context = (name: string): Context => ({
    sequences: sequencePool([]),
    lockstep: lockstep(),
    reading: tokenBudget(1),
    dispose: async () => void log.push(`-${name}`),
  })
  const shared = contexts({
    own: context('own'),
    limit,
    async open(lora) {
      await setTimeout(slow)
      if (lora === fails) throw new RangeError('no room')
      log.push(`+${lora}`)
      return context(lora)
    },
  })
  return {
    log,
    shared,
    on: (lora: string | undefined, signal = AbortSignal.any([])) => shared.on(lora, signal),
  }
}

it('an abort is heard while a context is made, which is kept for the next', async () => {
  const { log, on } = makers({ slow: 60 })
  const abort = new AbortController()
  const asked = performance.now()
  const making = on('a', abort.signal).catch((error: unknown) => error)
  await setTimeout(5)
  abort.abort('enough')
  expect(await making).toBe('enough')
  expect(performance.now() - asked).toBeLessThan(50)
  const next = await on('a')
  expect(log).toEqual(['+a'])
  next.give()
  const other = await on('b')
  expect(log).toEqual(['+a', '-a', '+b'])
  other.give()
})

it('an abort is heard while another context makes room', async () => {
  const { log, on } = makers()
  const first = await on('a')
  first.give()
  const abort = new AbortController()
  const making = on('b', abort.signal).catch((error: unknown) => error)
  abort.abort('enough')
  expect(await making).toBe('enough')
  const third = await on('c')
  expect(log.join(' ')).toMatch(/^\+a -a (\+b -b )?\+c$/)
  third.give()
})

it('two requests for one that is being made share it, and one may leave', async () => {
  const { log, on } = makers()
  const abort = new AbortController()
  const [left, stays] = [on('a', abort.signal).catch((error: unknown) => error), on('a')]
  await setTimeout(2)
  abort.abort('enough')
  expect(await left).toBe('enough')
  const lease = await stays
  const waits = on('b')
  await setTimeout(30)
  expect(log).toEqual(['+a'])
  lease.give()
  const next = await waits
  expect(log).toEqual(['+a', '-a', '+b'])
  next.give()
})

it('one that cannot be made fails who asked, and leaves room for others', async () => {
  const { log, on } = makers({ fails: 'a' })
  const [one, two] = await Promise.allSettled([on('a'), on('a')])
  expect([one, two].map((end) => end.status === 'rejected' && String(end.reason))).toEqual([
    'RangeError: no room',
    'RangeError: no room',
  ])
  const next = await on('b')
  next.give()
  expect(log).toEqual(['+b'])
})

it('all are disposed of, those still being made too', async () => {
  const { log, on, shared } = makers({ limit: 2 })
  const first = await on('a')
  first.give()
  const abort = new AbortController()
  const making = on('b', abort.signal).catch((error: unknown) => error)
  await setTimeout(2)
  abort.abort('closed')
  await making
  await shared.dispose()
  expect(log.toSorted()).toEqual(['+a', '+b', '-a', '-b', '-own'])
})

it('whatever order they come, go and give up in, no more are open than may be, and none is lost', async () => {
  const { log, on } = makers({ slow: 1, limit: 2 })
  let seed = 3
  const below = (limit: number) =>
    Math.floor(((seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32) * limit)
  await Promise.all(
    Array.from({ length: 80 }, async () => {
      const [lora, late, hold, patience] = [
        'abcd'[below(4)],
        below(40),
        below(4),
        below(3) === 0 ? below(30) : 5_000,
      ]
      await setTimeout(late)
      const abort = new AbortController()
      const timer = globalThis.setTimeout(() => abort.abort('enough'), patience)
      const lease = await on(lora, abort.signal).catch(
        (error: unknown) => void expect(error).toBe('enough'),
      )
      await setTimeout(hold)
      lease?.give()
      clearTimeout(timer)
    }),
  )
  let open = 0
  for (const line of log) expect((open += line.startsWith('+') ? 1 : -1)).toBeLessThanOrEqual(2)
  for (const lora of 'abcd') (await on(lora)).give()
})
