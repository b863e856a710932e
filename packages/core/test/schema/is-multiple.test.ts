import { expect, it } from 'vitest'
import { isMultiple } from '../../src/schema/is-multiple.ts'

it.each<[value: number, step: number]>([
  [0.3, 0.1],
  [19.99, 0.01],
  [1e308, 0.5],
  [1e308, 5e-324],
  [1e23, 1e22],
  [1234567890, 2],
  [-4.5, 1.5],
  [0, 0.01],
  [-0, 3],
  [1e-7, 1e-8],
  [12391239123, 1e-8],
])('%d is a multiple of %d', (value, step) => {
  expect(isMultiple(value, step)).toBe(true)
})

it.each<[value: number, step: number]>([
  [1234567891, 2],
  [999999999999, 2],
  [2000000000.5, 1],
  [1.0000000001, 1],
  [19.990000001, 0.01],
  [12345678.125, 0.01],
  [1e308, 0.123456789],
  [5e-324, 1e308],
  [5e-324, 1],
  [0.35, 0.1],
  [Infinity, 1],
])('%d is no multiple of %d', (value, step) => {
  expect(isMultiple(value, step)).toBe(false)
})

it('the largest and the smallest numbers take no longer than a step', () => {
  const startedAt = performance.now()
  for (let count = 0; count < 1_000; count++) isMultiple(1.7976931348623157e308, 5e-324)
  expect(performance.now() - startedAt).toBeLessThan(200)
})
