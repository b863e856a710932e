import { NanoError, type Part } from '../../src/index.ts'
import type { Driver } from '../../src/driver/index.ts'
import { scripted } from '../../src/testing/index.ts'

export const finish: Part = { type: 'finish', finishReason: 'stop', usage: {}, timings: {} }
export const code = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => (NanoError.is(error) ? error.code : error),
  )

/** Fails with `error` for the first `times`, after `emitted` parts. */
export function flakyDriver(
  times: number,
  partCount = 0,
  error = new NanoError('unavailable', 'down', { retryable: true }),
) {
  const counter = { calls: 0 }
  const driver: Driver = {
    ...scripted(),
    async *stream() {
      counter.calls++
      for (let part = 0; part < partCount; part++) yield { type: 'text', text: 'x' }
      if (counter.calls <= times) throw error
      yield finish
    },
  }
  return { driver, counter }
}

export const slowDriver = (firstDelay: number, secondDelay: number): Driver => ({
  ...scripted(),
  async *stream() {
    await new Promise((resolve) => setTimeout(resolve, firstDelay))
    yield { type: 'text', text: 'a' }
    await new Promise((resolve) => setTimeout(resolve, secondDelay))
    yield { type: 'text', text: 'b' }
    yield finish
  },
})
