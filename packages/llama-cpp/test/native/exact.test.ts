import { expect, it } from 'vitest'
import { type LlamaCppOptions, openLlamaCpp } from '../../src/index.ts'

it('exact computes as a KV cache of f32 without flash attention does', async () => {
  const exact = await readLogprobs({ exact: true })
  expect(exact).toEqual(await readLogprobs({ kvCache: 'f32', flashAttention: false }))
  expect(exact).toEqual(await readLogprobs({ exact: true, kvCache: 'f32', flashAttention: false }))
  expect(exact).not.toEqual(await readLogprobs({}))
})

async function readLogprobs(options: Omit<LlamaCppOptions, 'model'>): Promise<readonly number[]> {
  const model = await openLlamaCpp({ model: 'tiny', ...options })
  const { logprobs = [] } = await model.generate({
    messages: 'What is 12 + 30?',
    sampling: { temperature: 0 },
    logprobs: 0,
  })
  await model.close()
  return logprobs.map(({ logprob }) => logprob)
}
