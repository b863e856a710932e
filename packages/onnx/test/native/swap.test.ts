import type { Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outcome, outcomes, swapConversations, swapCount, swapKinds } from '../../../../test/shared/swap.ts'
import { openOnnx } from '../../src/index.ts'

let here: Model
let there: Model
beforeAll(async () => {
  here = await openOnnx({ model: 'tiny' })
  there = await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' })
})
afterAll(async () => {
  await here.close()
  await there.close()
})

describe('greedy replies are those of llama.cpp', () => {
  it.each(swapKinds)('$what', async ({ requests }) => {
    for (const request of requests) expect(await outcome(here, request), JSON.stringify(request)).toEqual(await outcome(there, request))
  })

  it('conversations', async () => {
    for (const questions of swapConversations) expect(await outcomes(here, questions)).toEqual(await outcomes(there, questions))
  })

  it('and there are more than a hundred of them', () => {
    expect(swapCount).toBeGreaterThanOrEqual(112)
  })
})
