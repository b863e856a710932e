import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { toNanoError } from '../src/error.ts'

const opening = { path: '/models/model.onnx', device: 'cpu' } as const

describe('what the runtime says becomes a code with advice', () => {
  it.each<[said: string, code: string, advice: RegExp]>([
    ['std::bad_alloc', 'out-of-memory', /the model does not fit in memory.*smaller quantization/],
    [
      'Load model from model.onnx failed:Protobuf parsing failed.',
      'bad-model',
      /cut short or broken/,
    ],
    [
      'ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions. Opset 99 is under development',
      'unsupported',
      /newer onnxruntime-node/,
    ],
    [
      'Unsupported model IR version: 99, max supported IR version: 13',
      'unsupported',
      /newer onnxruntime-node/,
    ],
    [
      'Fatal error: com.example:Wonder(-1) is not a registered function/op',
      'unsupported',
      /operators or types/,
    ],
    [
      'External data path validation failed for initializer: w. model.onnx_data does not exist',
      'bad-model',
      /a file beside it/,
    ],
  ])('%s', (said, code, advice) => {
    expect(toNanoError(new Error(said), 'open', opening)).toMatchObject({
      code,
      message: expect.stringMatching(advice),
    })
  })
  it('and of a step that does not fit, that it is the KV cache', () => {
    expect(toNanoError(new RangeError('Array buffer allocation failed'), 'next')).toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(/the KV cache does not fit.*fewer parallel/),
    })
    expect(
      toNanoError(new Error('Failed to allocate memory for requested buffer of size 99'), 'read'),
    ).toMatchObject({ code: 'out-of-memory' })
  })
  it('and of a GPU, what it needs', () => {
    const on = (device: 'cuda' | 'webgpu') =>
      toNanoError(
        new Error('Failed to load shared library libonnxruntime_providers_cuda.so'),
        'open',
        { ...opening, device },
      )
    expect(on('cuda')).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/install CUDA 12/),
    })
    expect(on('webgpu')).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/Vulkan/),
    })
    expect(
      toNanoError(new Error('Protobuf parsing failed.'), 'open', { ...opening, device: 'cuda' }),
    ).toMatchObject({ code: 'bad-model' })
  })
  it('but for what is one of ours already', () => {
    const ours = new NanoError('bad-output', 'onnx: no')
    expect(toNanoError(ours, 'next')).toBe(ours)
  })
})
