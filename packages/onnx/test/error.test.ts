import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { toNanoError } from '../src/error.ts'

const attempt = { path: '/models/model.onnx', provider: 'cpu' } as const

describe('toNanoError gives a code and advice', () => {
  it.each<[reason: string, code: string, advice: RegExp]>([
    ['std::bad_alloc', 'out-of-memory', /the model does not fit in memory.*smaller quantization/],
    [
      'Load model from model.onnx failed:Protobuf parsing failed.',
      'bad-model',
      /cut short or broken/,
    ],
    [
      'ONNX Runtime only *guarantees* support for models stamped with official released onnx ' +
        'opset versions. Opset 99 is under development',
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
  ])('for %s', (reason, code, advice) => {
    expect(toNanoError(new Error(reason), 'open', attempt)).toMatchObject({
      code,
      message: expect.stringMatching(advice),
    })
  })
  it('that names the KV cache where a step does not fit in memory', () => {
    const allocation = new RangeError('Array buffer allocation failed')
    expect(toNanoError(allocation, 'sampleTokens')).toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(/the KV cache does not fit.*fewer parallel/),
    })
    const buffer = new Error('Failed to allocate memory for requested buffer of size 99')
    expect(toNanoError(buffer, 'readTokens')).toMatchObject({ code: 'out-of-memory' })
  })
  it('that says what a GPU needs', () => {
    const errorOf = (provider: 'cuda' | 'webgpu') =>
      toNanoError(
        new Error('Failed to load shared library libonnxruntime_providers_cuda.so'),
        'open',
        { ...attempt, provider },
      )
    expect(errorOf('cuda')).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/install CUDA 12/),
    })
    expect(errorOf('webgpu')).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/Vulkan/),
    })
    expect(
      toNanoError(new Error('Protobuf parsing failed.'), 'open', { ...attempt, provider: 'cuda' }),
    ).toMatchObject({ code: 'bad-model' })
  })
  it('and leaves a NanoError as it is', () => {
    const nanoError = new NanoError('bad-output', 'onnx: no')
    expect(toNanoError(nanoError, 'sampleTokens')).toBe(nanoError)
  })
})
