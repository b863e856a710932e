import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type BatchLimits, promptReader } from '../../src/engine/prompt-reader.ts'
import type { RemoteSession } from '../../src/worker/remote-session.ts'

const limits: BatchLimits = { smallest: 10, largest: 50, duration: 200 }

/** Reads a prompt of 100 tokens with runs that take so long, and gives the sizes of the batches. */
async function readWith(runTime: (tokens: number) => number): Promise<readonly number[]> {
  const sizes: number[] = []
  const call = async (_: string, { tokens }: { readonly tokens: readonly number[] }) => {
    sizes.push(tokens.length)
    await setTimeout(runTime(tokens.length))
  }
  const reader = promptReader({ call } as unknown as RemoteSession, limits)
  const prompt = Array.from({ length: 100 }, (_, index) => index)
  const { signal } = new AbortController()
  const lastBatch = await reader.readAhead({ sequence: 0, prompt, cachedInput: 0 }, { signal })
  return [...sizes, lastBatch.length]
}

it('reads the smallest batch first, and longer ones where they take little time', async () => {
  expect(await readWith(() => 0)).toEqual([10, 50, 40])
})

it('keeps to the smallest batch where even that takes too long', async () => {
  expect(await readWith((tokens) => 25 * tokens)).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10, 10])
})

it('reads as many tokens as the time allows', async () => {
  const [first, second = NaN] = await readWith((tokens) => 8 * tokens)
  expect(first).toBe(10)
  expect(second).toBeGreaterThan(10)
  expect(second).toBeLessThanOrEqual(25)
})
