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
export function flaky(
  times: number,
  emitted = 0,
  error = new NanoError('unavailable', 'down', { retryable: true }),
) {
  const seen = { calls: 0 }
  const driver: Driver = {
    ...scripted(),
    async *stream() {
      seen.calls++
      for (let part = 0; part < emitted; part++) yield { type: 'text', text: 'x' }
      if (seen.calls <= times) throw error
      yield finish
    },
  }
  return { driver, seen }
}

export const silent = (before: number, between: number): Driver => ({
  ...scripted(),
  async *stream() {
    await new Promise((resolve) => setTimeout(resolve, before))
    yield { type: 'text', text: 'a' }
    await new Promise((resolve) => setTimeout(resolve, between))
    yield { type: 'text', text: 'b' }
    yield finish
  },
})
