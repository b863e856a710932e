import { expect, it, vi } from 'vitest'
import { Model, NanoError, retry, timeout } from '../../src/index.ts'
import type { Driver } from '../../src/driver/index.ts'
import { code, finish, flakyDriver, slowDriver } from './drivers.ts'

it('retry repeats what may be repeated', async () => {
  const { driver, counter } = flakyDriver(2)
  expect((await new Model(driver, retry({ delay: 1 })).generate('hi')).finishReason).toBe('stop')
  expect(counter.calls).toBe(3)
})
it('retry gives up after its attempts, with the last error', async () => {
  const { driver, counter } = flakyDriver(9)
  await expect(new Model(driver, retry({ delay: 1, attempts: 2 })).generate('hi')).rejects.toThrow(
    'down',
  )
  expect(counter.calls).toBe(2)
})
it('retry does nothing after the first part', async () => {
  const { driver, counter } = flakyDriver(1, 1)
  await expect(new Model(driver, retry({ delay: 1 })).generate('hi')).rejects.toThrow('down')
  expect(counter.calls).toBe(1)
})
it('retry leaves what is final alone', async () => {
  const { driver, counter } = flakyDriver(1, 0, new NanoError('unauthorized', 'no'))
  expect(await code(new Model(driver, retry({ delay: 1 })).generate('hi'))).toBe('unauthorized')
  expect(counter.calls).toBe(1)
})
it('retry waits as long as it is asked to, and not for longer than its maximum', async () => {
  vi.useFakeTimers()
  try {
    const rateLimitedDriver = (retryAfter: number) =>
      flakyDriver(1, 0, new NanoError('rate-limited', 'slow down', { retryable: true, retryAfter }))
    const limitedDriver = rateLimitedDriver(5_000)
    const reply = new Model(limitedDriver.driver, retry({ delay: 1 })).generate('hi')
    await vi.advanceTimersByTimeAsync(4_999)
    expect(limitedDriver.counter.calls).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect((await reply).finishReason).toBe('stop')
    expect(
      await code(
        new Model(rateLimitedDriver(5_000).driver, retry({ maxDelay: 4_000 })).generate('hi'),
      ),
    ).toBe('rate-limited')
  } finally {
    vi.useRealTimers()
  }
})
it('retry stops waiting on abort', async () => {
  const abort = new AbortController()
  const reply = new Model(
    flakyDriver(9).driver,
    retry({ delay: 60_000, maxDelay: 60_000 }),
  ).generate('hi', { signal: abort.signal })
  setTimeout(() => abort.abort('enough'), 5)
  await expect(reply).rejects.toBe('enough')
})

it('retry repeats a call that timeout() ended only when it is asked to', async () => {
  let calls = 0
  const hangingDriver: Driver = {
    ...slowDriver(0, 0),
    async *stream(_request, { signal }) {
      calls++
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      yield finish
    },
  }
  const limits = timeout({ first: 10 })
  expect(await code(new Model(hangingDriver, retry({ delay: 1 }), limits).generate('hi'))).toBe(
    'timeout',
  )
  expect(calls).toBe(1)
  const patientModel = new Model(hangingDriver, retry({ delay: 1, repeatTimeouts: true }), limits)
  expect(await code(patientModel.generate('hi'))).toBe('timeout')
  expect(calls).toBe(1 + 3)
})
