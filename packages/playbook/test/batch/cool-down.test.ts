import { expect, it } from 'vitest'
import { coolDown } from '../../src/batch/cool-down.ts'

const { signal } = new AbortController()

it('requests that have waited go on one after another, and later ones at once', async () => {
  const pause = coolDown()
  pause.extend(30)
  expect(pause.left).toBeGreaterThan(0)
  const [first = 0, second = 0, third = 0] = await Promise.all(
    Array.from({ length: 3 }, async () => {
      await pause.pass(signal)
      return performance.now()
    }),
  )
  expect(second - first).toBeGreaterThan(10)
  expect(third - second).toBeGreaterThan(10)
  expect(pause.left).toBe(0)
  await pause.pass(signal)
})

it('an abort ends the waiting of all', async () => {
  const pause = coolDown()
  const controller = new AbortController()
  pause.extend(60_000)
  const waiters = Array.from({ length: 3 }, () => pause.pass(controller.signal))
  controller.abort(new Error('enough'))
  const outcomes = await Promise.allSettled(waiters)
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
})
