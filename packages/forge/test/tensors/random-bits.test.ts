import { expect, it } from 'vitest'
import { randomBits } from '../../src/tensors/random-bits.ts'

const draw = (seed: number, name: string) => {
  const words = new Uint32Array(20_000)
  randomBits(seed, name)(words)
  return words
}

it('half of the random bits are ones, in every place', () => {
  const words = draw(0, 'a')
  for (let bit = 0; bit < 32; bit++) {
    const oneCount = words.reduce((sum, word) => sum + ((word >>> bit) & 1), 0)
    expect(Math.abs(oneCount - 10_000), `bit ${bit}`).toBeLessThan(400)
  }
})

it('random bits differ by seed and by name', () => {
  const words = draw(0, 'a')
  const countEqual = (otherWords: Uint32Array) =>
    words.filter((word, index) => word === otherWords[index]).length
  expect([draw(0, 'a'), draw(1, 'a'), draw(0, 'b'), draw(2 ** 40, 'a')].map(countEqual)).toEqual([
    20_000, 0, 0, 0,
  ])
})
