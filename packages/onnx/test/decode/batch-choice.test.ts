import { expect, it } from 'vitest'
import { batchChoice } from '../../src/decode/batch-choice.ts'

it('sequences are batched until a batch is known to take longer than a token of each', () => {
  const { shouldBatch, recordBatch, recordLoop } = batchChoice()
  expect(shouldBatch(8)).toBe(true)
  recordBatch(8, 4)
  expect(shouldBatch(8)).toBe(true)
  recordLoop(1)
  expect(shouldBatch(8)).toBe(true)
  recordLoop(0.2)
  expect(shouldBatch(8)).toBe(false)
  // Nothing is known about another batch size yet.
  expect(shouldBatch(2)).toBe(true)
})

it('one delay does not make a way slow', () => {
  const { shouldBatch, recordBatch, recordLoop } = batchChoice()
  recordLoop(1)
  recordBatch(4, 3)
  recordBatch(4, 500)
  expect(shouldBatch(4)).toBe(true)
  recordLoop(0.7)
  recordLoop(90)
  expect(shouldBatch(4)).toBe(false)
})

it('a slow batch is measured again from time to time, and chosen once it is faster', () => {
  const { shouldBatch, recordBatch, recordLoop } = batchChoice()
  recordLoop(1)
  recordBatch(4, 6)
  let batches = 0
  for (let step = 0; step < 200; step++) {
    if (!shouldBatch(4)) continue
    batches++
    recordBatch(4, 6)
  }
  expect(batches).toBeGreaterThan(0)
  expect(batches).toBeLessThan(10)
  while (!shouldBatch(4));
  recordBatch(4, 2)
  expect(shouldBatch(4)).toBe(true)
})
