import type { Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ChaosKind, ChaosServer } from '../shared/chaos/chaos-server.ts'
import {
  generateOutcome,
  generateOutcomes,
  swapConversations,
  swapKinds,
} from '../shared/swap-requests.ts'

/** A server's own grammars may allow other tokens, so that greedy calls differ behind the first. */
const maskedOtherwise: readonly string[] = ['calls that are demanded']

/** Tests that a server gives the replies that the same file gives in process. */
export function testSwap(kind: ChaosKind, server: ChaosServer): void {
  let local: Model
  let remote: Model
  beforeAll(async () => {
    local = await openLlamaCpp({ model: gguf.F16, kvCache: 'f32', device: 'cpu', threads: 1 })
    remote = await kind.open({ url: server.url, mode: 'completions' })
  })
  afterAll(async () => {
    for (const model of [local, remote]) await model?.close()
  })

  for (const { what, requests, settings } of swapKinds)
    it(`gives the same replies, or refuses: ${what}`, async () => {
      const { sampling } = remote.capabilities
      const isRefused = settings.some((setting) => !sampling.includes(setting))
      for (const request of requests) {
        const outcome = generateOutcome(remote, request)
        if (isRefused) await expect(outcome).rejects.toMatchObject({ code: 'unsupported' })
        else if (kind.name === 'vLLM' && maskedOtherwise.includes(what))
          expect(await outcome).toHaveProperty('toolCalls.0.input')
        else
          expect(await outcome, JSON.stringify(request)).toEqual(
            await generateOutcome(local, request),
          )
      }
    })

  it('gives the same replies in conversations', async () => {
    for (const questions of swapConversations)
      expect(await generateOutcomes(remote, questions)).toEqual(
        await generateOutcomes(local, questions),
      )
  })
}
