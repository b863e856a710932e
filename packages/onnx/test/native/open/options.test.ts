import { existsSync } from 'node:fs'
import { formats } from '@nano/chat'
import { describe, expect, it } from 'vitest'
import { type OnnxOptions, openOnnx } from '../../../src/index.ts'
import { openError } from './broken-copies.ts'

describe('openOnnx', () => {
  it.each<[what: string, options: object, code: string, message: RegExp]>([
    [
      'more threads than the machine can use',
      { model: 'tiny', threads: 100_000 },
      'invalid-request',
      /two for each core/,
    ],
    ['an unknown option', { model: 'tiny', contextSize: 9 }, 'invalid-request', /contextSize/],
    [
      'a context longer than the model was trained on',
      { model: 'tiny', contextLength: 1_000_000 },
      'invalid-request',
      /1000000.*2048/,
    ],
    [
      'an unknown format',
      { model: 'tiny', format: 'toString' },
      'invalid-request',
      /toString.*nemotron/,
    ],
    ['no model', {}, 'invalid-request', /model/],
    [
      'the device vulkan',
      { model: 'tiny', device: 'vulkan' },
      'invalid-request',
      /does not have the device "vulkan".*'webgpu', which uses Vulkan/,
    ],
    [
      'the device metal',
      { model: 'tiny', device: 'metal' },
      'invalid-request',
      /does not have the device "metal".*'webgpu', which uses .*Metal/,
    ],
    [
      'a word that is no device',
      { model: 'tiny', device: 'gpu' },
      'invalid-request',
      /'auto', 'cpu', 'cuda' or 'webgpu'.*device/s,
    ],
    [
      'a quantization that the folder lacks',
      { model: 'tiny', quantization: 'q8' },
      'not-found',
      /"q8"; it has fp32, q4/,
    ],
  ])('refuses %s, and says so', async (_what, options, code, message) => {
    const error = await openError(options as OnnxOptions)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })

  // The runtime's install script fetches CUDA's provider from outside the registry.
  const binaries = `napi-v6/${process.platform}/${process.arch}`
  const cuda = existsSync(
    new URL(
      `../../../node_modules/onnxruntime-node/bin/${binaries}/libonnxruntime_providers_cuda.so`,
      import.meta.url,
    ),
  )
  it.skipIf(cuda)(
    `says what to install where CUDA is missing${cuda ? ' [CUDA is there]' : ''}`,
    async () => {
      const error = await openError({ model: 'tiny', device: 'cuda' })
      expect(error.code).toBe('unavailable')
      expect(error.message).toMatch(/cuda cannot be used here.*onnxruntime-node/)
    },
  )

  it('names the token of the format that the vocabulary lacks', async () => {
    const model = await openOnnx({ model: 'tiny', format: formats.chatml })
    await expect(model.generate('hi')).rejects.toThrow(/<\|im_start\|>/)
    await model.close()
  })

  it('rejects with the reason when loading is aborted', async () => {
    const reason = new Error('changed my mind')
    await expect(openOnnx({ model: 'tiny', signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    )
    // While it reads the folder, and while the runtime loads the model.
    for (const delay of [0, 60]) {
      const abort = new AbortController()
      setTimeout(() => abort.abort(reason), delay)
      await expect(
        openOnnx({ model: 'tiny', signal: abort.signal }),
        `after ${delay} ms`,
      ).rejects.toBe(reason)
    }
  })
})
