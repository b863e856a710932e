import diagnostics from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  cache,
  fallback,
  limit,
  memoryStore,
  type Middleware,
  Model,
  retry,
  standard,
  structured,
  timeout,
  trace,
  traceChannel,
} from '../../src/index.ts'
import type { Driver } from '../../src/driver/index.ts'
import { scripted } from '../../src/testing/index.ts'

/** A driver that ignores its signal, and counts what it holds. */
function slow() {
  const held = { now: 0, ever: 0 }
  const driver: Driver = {
    ...scripted({ capabilities: { schema: true } }),
    async *stream() {
      held.now++
      held.ever++
      try {
        await sleep(60)
        yield { type: 'text', text: '1' }
        yield { type: 'finish', finishReason: 'stop', usage: {}, timings: {} }
      } finally {
        held.now--
      }
    },
  }
  return { driver, held }
}

const listen = () => {}
beforeAll(() => diagnostics.subscribe(traceChannel, listen))
afterAll(() => void diagnostics.unsubscribe(traceChannel, listen))

const limits = { first: 20 }
const outside: Record<string, Middleware[]> = {
  nothing: [timeout(limits)],
  retry: [retry({ attempts: 1 }), timeout(limits)],
  'retry, twice': [retry({ attempts: 2, delay: 1 }), timeout(limits)],
  limit: [limit(1), timeout(limits)],
  cache: [cache(memoryStore()), timeout(limits)],
  structured: [structured(), timeout(limits)],
  trace: [trace(), timeout(limits)],
  standard: [
    standard({ timeout: limits, limit: 1, cache: memoryStore(), retry: { attempts: 2, delay: 1 } }),
  ],
}

it.each(Object.entries(outside))(
  'timeout frees what is behind it, with %s outside',
  async (_what, middleware) => {
    const { driver, held } = slow()
    const error: unknown = await new Model(driver, ...middleware)
      .generate({ messages: 'x', sampling: { seed: 1 }, schema: { type: 'number' } })
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'timeout' })
    await sleep(150)
    expect(held.ever).toBeGreaterThan(0)
    expect(held.now).toBe(0)
  },
)

it('timeout frees what is behind it, with fallback outside', async () => {
  const { driver, held } = slow()
  expect((await new Model(fallback(timeout(limits)(driver), scripted())).generate('x')).text).toBe(
    'ok',
  )
  await sleep(150)
  expect(held).toEqual({ now: 0, ever: 1 })
})
