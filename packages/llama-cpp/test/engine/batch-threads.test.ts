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

it('a model can have as many threads as any other, so that all get the same share', () => {
  const llama = createLlama()
  const one = { prefill: 1, decode: 1, decodeTogether: 1 }
  expect(batchThreads({ llama, counts: one, parallel: 1 }).most).toBe(8)
  expect(batchThreads({ llama, counts: { ...one, prefill: 16 }, parallel: 1 }).most).toBe(16)
})

it('a context is made with all threads, whatever batches before and beside it have', async () => {
  const llama = createLlama()
  const threads = batchThreads({ llama, counts, parallel: 1 })
  threads.setFor(1)
  const limits = await threads.makeContext(async () => {
    const first = llama.maxThreads
    threads.setFor(1)
    return [first, llama.maxThreads]
  })
  expect(limits).toEqual([8, 8])
  threads.setFor(1)
  expect(llama.maxThreads).toBe(2)
})
