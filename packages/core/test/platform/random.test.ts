import { randomInteger } from '@nano/core/driver'
import { afterEach, expect, it, vi } from 'vitest'

afterEach(() => vi.unstubAllGlobals())

it.each([
  ['with', globalThis.crypto],
  ['without', undefined],
])('gives integers over all 32 bits %s a global crypto', (_, crypto) => {
  vi.stubGlobal('crypto', crypto)
  const integers = Array.from({ length: 1000 }, randomInteger)
  expect(integers.every((value) => Number.isInteger(value) && value >= 0)).toBe(true)
  expect(Math.max(...integers)).toBeLessThan(2 ** 32)
  expect(Math.max(...integers)).toBeGreaterThan(2 ** 31)
  expect(new Set(integers).size).toBeGreaterThan(990)
})
