import { expect, it } from 'vitest'
import { findFastestThreads } from '../../src/threads/find-fastest.ts'

/** Steps that take so many milliseconds with so many threads, and what was tried. */
function steps(timeOf: (threads: number, tried: readonly number[]) => number) {
  const tried: number[] = []
  const run = async (threads: number) => {
    const time = timeOf(threads, tried)
    tried.push(threads)
    return { steps: 1, time }
  }
  return { tried, run }
}

it('takes the number of threads with the shortest steps', async () => {
  const { run } = steps((threads) => ({ 4: 12, 2: 6 })[threads] ?? 9)
  expect(await findFastestThreads({ maxThreads: 4, budget: 100, run })).toBe(2)
})

it('takes fewer threads where more gain next to nothing', async () => {
  const { run } = steps((threads) => ({ 4: 98, 2: 100 })[threads] ?? 110)
  expect(await findFastestThreads({ maxThreads: 4, budget: 400, run })).toBe(2)
})

it('compares means, so that steps which sometimes take long do not win', async () => {
  const { run } = steps((threads, { length }) => (threads === 2 ? (length % 3 ? 4 : 40) : 7))
  expect(await findFastestThreads({ maxThreads: 2, budget: 200, run })).toBe(1)
})

it('tries no fewer threads once one is much slower', async () => {
  const { tried, run } = steps((threads) => 16 / threads + (threads < 8 ? 4 : 0))
  expect(await findFastestThreads({ maxThreads: 8, budget: 30, run })).toBe(8)
  expect(tried).toEqual([8, 4])
})

it('tries cores that are no power of two by halves', async () => {
  const { tried, run } = steps((threads) => 60 / threads)
  expect(await findFastestThreads({ maxThreads: 6, budget: 1, run })).toBe(6)
  expect(tried).toEqual([6, 3, 1])
})

it('ends after its budget and one step of each, however long a step is', async () => {
  const { tried, run } = steps((threads) => (threads === 2 ? 30 : 40))
  expect(await findFastestThreads({ maxThreads: 2, budget: 10, run })).toBe(2)
  expect(tried).toEqual([2, 1])
})
