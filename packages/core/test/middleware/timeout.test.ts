import { expect, it } from 'vitest'
import { limit, type Middleware, Model, timeout } from '../../src/index.ts'
import type { Driver } from '../../src/driver/index.ts'
import { scripted } from '../../src/testing/index.ts'
import { slowDriver } from './drivers.ts'

it.each<[who: string, middleware: Middleware[], aborts: boolean]>([
  ['an abort', [limit(1)], true],
  ['a time-out before it', [timeout({ total: 30 }), limit(1)], false],
])(
  '%s frees the slot of a stream that nobody reads or closes',
  async (_who, middleware, aborts) => {
    const model = new Model(scripted({ reply: () => ['a', 'b', 'c'] }), ...middleware)
    const abort = new AbortController()
    const forgottenStream = model.stream('first', { signal: abort.signal })
    await forgottenStream.next()
    if (aborts) abort.abort('enough')
    else await new Promise((resolve) => setTimeout(resolve, 60))
    expect((await model.generate('second', { signal: AbortSignal.timeout(5_000) })).text).toBe(
      'abc',
    )
    await expect(forgottenStream.next()).rejects.toBeDefined()
  },
)

it.each<[what: string, driver: Driver, limits: object, message: string, retryable: boolean]>([
  ['the first part', slowDriver(10_000, 0), { first: 20 }, '20 ms before the first part', true],
  ['a silence', slowDriver(0, 10_000), { silence: 20 }, '20 ms between two parts', false],
  [
    'a silence, after much patience',
    slowDriver(0, 10_000),
    { first: 50_000, silence: 20 },
    '20 ms between two parts',
    false,
  ],
  ['the whole', slowDriver(0, 10_000), { silence: 5_000, total: 20 }, '20 ms in all', false],
])(
  'timeout ends a call for %s, even of a driver that ignores its signal',
  async (_what, driver, limits, message, retryable) => {
    const error: unknown = await new Model(driver, timeout(limits))
      .generate('hi')
      .catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: 'timeout',
      retryable,
      message: expect.stringContaining(message),
    })
  },
)
it('timeout lets the rest pass', async () => {
  expect(
    (
      await new Model(
        slowDriver(1, 1),
        timeout({ first: 5_000, silence: 5_000, total: 5_000 }),
      ).generate('hi')
    ).text,
  ).toBe('ab')
})
it('timeout does not count the time the reader takes between parts', async () => {
  for await (const _ of new Model(
    scripted({ reply: () => ['a', 'b', 'c'] }),
    timeout({ silence: 20 }),
  ).stream('hi')) {
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
})
