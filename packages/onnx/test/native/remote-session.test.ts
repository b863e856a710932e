import { join } from 'node:path'
import { onnx } from '@nano/tiny'
import { expect, it } from 'vitest'
import { remoteSession } from '../../src/worker/remote-session.ts'

const tokenizer = join(onnx.transformers, 'tokenizer.json')
const opening = {
  path: join(onnx.transformers, 'onnx/model.onnx'),
  vocabularySize: 640,
  tokenizer,
  ends: [633],
  sequences: 1,
  threads: 1,
  maxRunTime: 0,
  small: true,
} as const

it('of several devices the first that works is taken, and those before it are named', async () => {
  const session = remoteSession()
  // No machine has both of the first.
  const { device, without } = await session.call('open', {
    ...opening,
    devices: ['cuda', 'webgpu', 'cpu'],
  })
  expect(['cuda', 'webgpu', 'cpu'].slice(0, without.length)).toEqual(without)
  expect(without).not.toContain(device)
  await session.close()
})

it('calls are answered in their order, and each failure is its own', async () => {
  const session = remoteSession()
  await session.call('open', { ...opening, devices: ['cpu'] })
  const answers = await Promise.allSettled([
    session.call('begin', {
      sequence: 0,
      prompt: [624, 5, 6],
      batchSize: 2,
      sampling: { temperature: 0 },
    }),
    session.call('read', { sequence: 7, tokens: [1] }),
    session.call('read', { sequence: 0, tokens: [624, 5] }),
    session.call('next', [{ sequence: 0, tokens: [6], are: 'prompt' }]),
  ])
  expect(answers.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ])
  expect(answers[1]).toMatchObject({
    reason: { code: 'internal', message: expect.stringContaining('no sequence 7') },
  })
  await session.close()
})

it('a worker that is closed twice is closed, and answers nothing more', async () => {
  const session = remoteSession()
  await Promise.all([session.close(), session.close()])
  await expect(session.call('read', { sequence: 0, tokens: [1] })).rejects.toMatchObject({
    code: 'internal',
  })
})
