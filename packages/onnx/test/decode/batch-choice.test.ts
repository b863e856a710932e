import { expect, it } from 'vitest'
import { faster } from '../../src/decode/batch-choice.ts'

it('several step together until that is known to take longer than a token of each', () => {
  const { together, stepped, looped } = faster()
  expect(together(8)).toBe(true)
  stepped(8, 4)
  expect(together(8)).toBe(true)
  looped(1)
  expect(together(8)).toBe(true)
  looped(0.2)
  expect(together(8)).toBe(false)
  // Of another number nothing is known yet.
  expect(together(2)).toBe(true)
})

it('what was held up once is not thought slow', () => {
  const { together, stepped, looped } = faster()
  looped(1)
  stepped(4, 3)
  stepped(4, 500)
  expect(together(4)).toBe(true)
  looped(0.7)
  looped(90)
  expect(together(4)).toBe(false)
})

it('what is slow now is tried again at times, and chosen once it is faster', () => {
  const { together, stepped, looped } = faster()
  looped(1)
  stepped(4, 6)
  let tries = 0
  for (let time = 0; time < 200; time++) {
    if (!together(4)) continue
    tries++
    stepped(4, 6)
  }
  expect(tries).toBeGreaterThan(0)
  expect(tries).toBeLessThan(10)
  while (!together(4));
  stepped(4, 2)
  expect(together(4)).toBe(true)
})
