import { expect, it, vi } from 'vitest'
import { conformance } from '../../src/conformance/index.ts'
import type { Driver } from '../../src/driver/index.ts'
import { Model } from '../../src/index.ts'
import { talkativeDriver } from './broken/index.ts'

/** Runs the laws on `driver`, and counts the models that were opened, closed, and broke a law. */
async function runLaws(driver: Driver) {
  const counts = { opened: 0, closed: 0, broken: 0 }
  const tests: (() => Promise<void>)[] = []
  const runner = Object.assign((_name: string, run: () => Promise<void>) => void tests.push(run), {
    skip() {},
  })
  await conformance(runner, () => {
    counts.opened++
    return new Model({
      ...driver,
      close: async () => {
        counts.closed++
        await driver.close()
      },
    })
  })
  for (const run of tests) await run().catch(() => counts.broken++)
  await vi.waitFor(() => expect(counts.closed).toBe(counts.opened), { timeout: 5_000 })
  return counts
}

it('laws share one model, but for those that close it', async () => {
  // The first one is asked what it claims.
  expect(await runLaws(talkativeDriver())).toEqual({ opened: 4, closed: 4, broken: 0 })
})

it('after a broken law the others get another model', async () => {
  const driver = talkativeDriver()
  const counts = await runLaws({
    ...driver,
    stream: (request, call) => driver.stream({ ...request, maxTokens: undefined }, call),
  })
  expect(counts.broken).toBeGreaterThan(0)
  expect(counts.opened).toBeGreaterThan(4)
})
