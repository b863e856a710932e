import { expect, it } from 'vitest'
import { chooseBatchSize } from '../../src/engine/batch-size.ts'

const megabyte = 1e6

it.each([
  ['the embedded model', 1, 512, 512],
  ['135 million parameters in fp32', 540, 512, 160],
  ['500 million parameters in fp32', 2_000, 172, 43],
  ['4 billion parameters in 4 bits', 2_700, 128, 32],
  ['4 billion parameters in fp32', 16_000, 128, 32],
])('a prompt of %s is read in batches that take seconds at most', (_name, size, alone, shared) => {
  const choose = (parallel: number) =>
    chooseBatchSize({ modelBytes: size * megabyte, isOnCpu: true, parallel })
  expect([choose(1), choose(2), choose(8)]).toEqual([alone, shared, shared])
})

it('a prompt on a GPU is read in the largest batches', () => {
  expect(chooseBatchSize({ modelBytes: 16e9, isOnCpu: false, parallel: 8 })).toBe(512)
})
