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
import { isLongRun } from '../../../../test/shared/long-run.ts'
import { openOnnx } from '../../src/index.ts'
import { openAs } from '../../src/open.ts'

let llamaCpp: Model
beforeAll(async () => {
  llamaCpp = await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' })
})
afterAll(() => llamaCpp.close())

/** Of each kind; the model differs in its cache alone, which has tests of its own. */
const requestsOfLargeModel = isLongRun ? Infinity : 2

describe.each<[title: string, requestCount: number, open: () => Promise<Model>]>([
  ['opened as it is', Infinity, () => openOnnx({ model: 'tiny' })],
  [
    'opened with the cache of a large one',
    requestsOfLargeModel,
    () => openAs('large', { model: 'tiny', device: 'cpu', threads: 1 }),
  ],
])('greedy replies of a model %s are those of llama.cpp', (_opening, requestCount, open) => {
  let model: Model
  beforeAll(async () => {
    model = await open()
  })
  afterAll(() => model.close())

  it.each(swapKinds)('$what', async ({ requests }) => {
    for (const request of requests.slice(0, requestCount))
      expect(await generateOutcome(model, request), JSON.stringify(request)).toEqual(
        await generateOutcome(llamaCpp, request),
      )
  })

  it('in conversations', async () => {
    for (const questions of swapConversations.slice(0, requestCount))
      expect(await generateOutcomes(model, questions)).toEqual(
        await generateOutcomes(llamaCpp, questions),
      )
  })
})

it('there are at least 112 requests', () => {
  expect(swapCount).toBeGreaterThanOrEqual(112)
})
