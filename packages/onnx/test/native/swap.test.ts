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
import { openFrom } from '../../src/open.ts'

let there: Model
beforeAll(async () => {
  there = await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' })
})
afterAll(() => there.close())

describe.each<[what: string, open: () => Promise<Model>]>([
  ['as it is opened', () => openOnnx({ model: 'tiny' })],
  [
    'with the cache of a large one',
    () => openFrom(0, { model: 'tiny', device: 'cpu', threads: 1 }),
  ],
])('greedy replies of a model %s are those of llama.cpp', (_what, open) => {
  let here: Model
  beforeAll(async () => {
    here = await open()
  })
  afterAll(() => here.close())

  it.each(swapKinds)('$what', async ({ requests }) => {
    for (const request of requests)
      expect(await generateOutcome(here, request), JSON.stringify(request)).toEqual(
        await generateOutcome(there, request),
      )
  })

  it('conversations', async () => {
    for (const questions of swapConversations)
      expect(await generateOutcomes(here, questions)).toEqual(
        await generateOutcomes(there, questions),
      )
  })

  it('and there are more than a hundred of them', () => {
    expect(swapCount).toBeGreaterThanOrEqual(112)
  })
})
