import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { findFastestThreads } from '../../src/threads/find-fastest.ts'

/** Steps that take so many milliseconds with each number of threads. */
function steps(times: Readonly<Record<number, number>>) {
  const tried: number[] = []
  const run = async (threads: number) => {
    tried.push(threads)
    await setTimeout(times[threads])
    return 1
  }
  return { tried, run }
}

it('takes the number of threads with the shortest steps', async () => {
  const { run } = steps({ 4: 12, 2: 6, 1: 11 })
  expect(await findFastestThreads({ most: 4, budget: 100, run })).toBe(2)
})

it('takes fewer threads where more gain nothing', async () => {
  const run = async () => {
    await setTimeout(5)
    return 1
  }
  expect(await findFastestThreads({ most: 4, budget: 400, run })).toBeLessThan(4)
})

it('compares means, so that steps which sometimes take long do not win', async () => {
  let count = 0
  const run = async (threads: number) => {
    await setTimeout(threads === 2 ? (++count % 3 === 0 ? 40 : 4) : 7)
    return 1
  }
  expect(await findFastestThreads({ most: 2, budget: 200, run })).toBe(1)
})

it('tries no fewer threads once one is much slower', async () => {
  const { tried, run } = steps({ 8: 2, 4: 8, 2: 16, 1: 32 })
  expect(await findFastestThreads({ most: 8, budget: 30, run })).toBe(8)
  expect(new Set(tried)).toEqual(new Set([8, 4]))
})

it('ends after its budget and one step of each, however long a step is', async () => {
  const { tried, run } = steps({ 2: 30, 1: 40 })
  expect(await findFastestThreads({ most: 2, budget: 10, run })).toBe(2)
  expect(tried).toEqual([2, 1])
})
