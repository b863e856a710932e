import type { Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  generateOutcome,
  generateOutcomes,
  swapConversations,
  swapCount,
  swapKinds,
} from '../../../../test/shared/swap-requests.ts'
import { openOnnx } from '../../src/index.ts'
import { openWithThreshold } from '../../src/open.ts'

let llamaCpp: Model
beforeAll(async () => {
  llamaCpp = await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' })
})
afterAll(() => llamaCpp.close())

describe.each<[opening: string, open: () => Promise<Model>]>([
  ['opened as it is', () => openOnnx({ model: 'tiny' })],
  [
    'opened with the cache of a large one',
    () => openWithThreshold(0, { model: 'tiny', device: 'cpu', threads: 1 }),
  ],
])('greedy replies of a model %s are those of llama.cpp', (_opening, open) => {
  let model: Model
  beforeAll(async () => {
    model = await open()
  })
  afterAll(() => model.close())

  it.each(swapKinds)('$what', async ({ requests }) => {
    for (const request of requests)
      expect(await generateOutcome(model, request), JSON.stringify(request)).toEqual(
        await generateOutcome(llamaCpp, request),
      )
  })

  it('in conversations', async () => {
    for (const questions of swapConversations)
      expect(await generateOutcomes(model, questions)).toEqual(
        await generateOutcomes(llamaCpp, questions),
      )
  })

  it('and there are at least 112 of them', () => {
    expect(swapCount).toBeGreaterThanOrEqual(112)
  })
})
