import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { tokenBudget } from '../../src/engine/token-budget.ts'

const never = new AbortController().signal

/** A budget, and who was let in, in order. */
function takers(all: number) {
  const budget = tokenBudget(all)
  const inside: string[] = []
  const take = async (name: string, amount: number, signal = never) => {
    await budget.take(amount, signal)
    inside.push(name)
  }
  return { ...budget, inside, take }
}

it('as many come in as the budget holds, and the next when one gives back', async () => {
  const { take, give, inside } = takers(32)
  const all = Promise.all([take('a', 8), take('b', 24), take('c', 1)])
  await setImmediate()
  expect(inside).toEqual(['a', 'b'])
  give(8)
  await all
  expect(inside).toEqual(['a', 'b', 'c'])
})

it('a small one does not overtake a large one that waits', async () => {
  const { take, give, inside } = takers(32)
  const all = Promise.all([take('a', 8), take('large', 32), take('small', 1)])
  await setImmediate()
  expect(inside).toEqual(['a'])
  give(8)
  await setImmediate()
  expect(inside).toEqual(['a', 'large'])
  give(32)
  await all
})

it('one that is aborted while it waits holds nothing, and those behind it come in', async () => {
  const { take, inside } = takers(32)
  const leaving = new AbortController()
  const [, large] = [take('a', 8), take('large', 32, leaving.signal), take('small', 1)]
  leaving.abort(new RangeError('enough'))
  await expect(large).rejects.toThrow('enough')
  await setImmediate()
  expect(inside).toEqual(['a', 'small'])
})

it('one that was aborted before it asks is not let in', async () => {
  const { take, inside } = takers(32)
  await expect(take('a', 1, AbortSignal.abort(new RangeError('late')))).rejects.toThrow('late')
  await take('b', 32)
  expect(inside).toEqual(['b'])
})
