import { seededRandom } from '@nano/core/driver'
import { expect, it } from 'vitest'
import { randomNumbers } from '../../src/decode/random-numbers.ts'

it('random numbers come in the order of their seed, and can be drawn again', () => {
  const draw = seededRandom(7)
  const [first, second, third, fourth] = [draw(), draw(), draw(), draw()]
  const numbers = randomNumbers(seededRandom(7))
  expect(numbers.peek(3)).toEqual([first, second, third])
  expect(numbers.draw()).toBe(first)
  numbers.skip(2)
  expect(numbers.draw()).toBe(fourth)
  numbers.rewind(3)
  expect(numbers.peek(3)).toEqual([second, third, fourth])
})
