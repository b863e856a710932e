import { join } from 'node:path'
import { onnx } from '@nano/tiny'
import { expect, it } from 'vitest'
import { remoteSession } from '../../src/worker/remote-session.ts'

const input = {
  path: join(onnx.transformers, 'onnx/model.onnx'),
  vocabularySize: 640,
  tokenizerPath: join(onnx.transformers, 'tokenizer.json'),
  endTokens: [633],
  sequenceCount: 1,
  threads: 1,
  maxRunTime: 0,
  modelSize: 'tiny',
} as const

it('opens a model on the first provider that works, and names those before it', async () => {
  const session = remoteSession()
  const providers = ['cuda', 'webgpu', 'cpu'] as const
  const { provider, unavailableProviders } = await session.call('open', { ...input, providers })
  expect(providers.slice(0, unavailableProviders.length)).toEqual(unavailableProviders)
  expect(unavailableProviders).not.toContain(provider)
  await session.close()
})

it('answers calls in their order, each with its own error', async () => {
  const session = remoteSession()
  await session.call('open', { ...input, providers: ['cpu'] })
  const results = await Promise.allSettled([
    session.call('beginReply', {
      sequence: 0,
      prompt: [624, 5, 6],
      batchSize: 2,
      sampling: { temperature: 0 },
    }),
    session.call('readTokens', { sequence: 7, tokens: [1] }),
    session.call('readTokens', { sequence: 0, tokens: [624, 5] }),
    session.call('sampleTokens', [{ sequence: 0, tokens: [6], origin: 'prompt' }]),
  ])
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ])
  expect(results[1]).toMatchObject({
    reason: { code: 'internal', message: expect.stringContaining('no sequence 7') },
  })
  await session.close()
})

it('closes once, and answers no call afterwards', async () => {
  const session = remoteSession()
  await Promise.all([session.close(), session.close()])
  await expect(session.call('readTokens', { sequence: 0, tokens: [1] })).rejects.toMatchObject({
    code: 'internal',
  })
})
