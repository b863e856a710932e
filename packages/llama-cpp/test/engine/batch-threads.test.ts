import { expect, it } from 'vitest'
import { batchThreads } from '../../src/engine/batch-scheduler.ts'
import type { Llama } from '../../src/runtime.ts'

const counts = { prefill: 8, decode: 2, decodeTogether: 4 }
const createLlama = () => ({ cpuMathCores: 8, maxThreads: 0 }) as Llama

it('a batch has the threads of its kind', () => {
  const llama = createLlama()
  const threads = batchThreads({ llama, counts, parallel: 4 })
  const countFor = (tokens: number) => {
    threads.setFor(tokens)
    return llama.maxThreads
  }
  expect([1, 2, 4, 5, 512].map(countFor)).toEqual([2, 4, 4, 8, 8])
})

it('a batch has them beside other models, among which the runtime divides its threads', () => {
  const llama = createLlama()
  const [first, second] = [
    batchThreads({ llama, counts, parallel: 1 }),
    batchThreads({ llama, counts, parallel: 1 }),
  ]
  for (const threads of [first, second]) threads.setBusy(true)
  first.setFor(1)
  expect(llama.maxThreads).toBe(4)
  second.setBusy(false)
  first.setFor(1)
  expect(llama.maxThreads).toBe(2)
})

it('every model can have all cores, or the threads of its option where those are more', () => {
  const llama = createLlama()
  const fewCounts = { prefill: 1, decode: 1, decodeTogether: 1 }
  const manyCounts = { ...fewCounts, prefill: 16 }
  expect(batchThreads({ llama, counts: fewCounts, parallel: 1 }).maxCount).toBe(8)
  expect(batchThreads({ llama, counts: manyCounts, parallel: 1 }).maxCount).toBe(16)
})

it('a context is made with all threads, whatever batches before and beside it have', async () => {
  const llama = createLlama()
  const [first, second] = [
    batchThreads({ llama, counts, parallel: 1 }),
    batchThreads({ llama, counts, parallel: 1 }),
  ]
  first.setFor(1)
  await second.makeContext(async () => {
    expect(llama.maxThreads).toBe(8)
    await first.makeContext(async () => {})
    first.setFor(1)
    expect(llama.maxThreads).toBe(8)
  })
  first.setFor(1)
  expect(llama.maxThreads).toBe(2)
})
