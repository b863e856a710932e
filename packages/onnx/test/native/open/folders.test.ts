import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onnx } from '@nano/tiny'
import { describe, expect, it } from 'vitest'
import { type OnnxOptions, openOnnx } from '../../../src/index.ts'
import { copyModel } from './broken-copies.ts'

describe('openOnnx', () => {
  it.each<[what: string, options: OnnxOptions, info: object]>([
    ['a folder of transformers.js', { model: onnx.transformers }, { quantization: 'fp32' }],
    [
      'one quantization of several',
      { model: onnx.transformers, quantization: 'q4' },
      { quantization: 'q4' },
    ],
    [
      'a file in a folder',
      { model: join(onnx.transformers, 'onnx/model_q4.onnx') },
      { quantization: 'q4' },
    ],
    [
      'the folder onnx of an export',
      { model: join(onnx.transformers, 'onnx') },
      { quantization: 'fp32' },
    ],
    ['a folder of onnxruntime-genai', { model: onnx.genai }, {}],
    ['a folder of onnxruntime-genai in 4 bits', { model: onnx.genaiInt4 }, {}],
  ])('opens %s, and the model answers', async (_what, options, info) => {
    const model = await openOnnx(options)
    expect(model.info).toMatchObject({
      ...info,
      device: 'cpu',
      format: 'nemotron',
      contextLength: 2_048,
    })
    expect(
      await model.generate({
        messages: 'What is 27 * 43?',
        reasoning: 'on',
        sampling: { temperature: 0 },
      }),
    ).toMatchObject({ text: '1161', finishReason: 'stop' })
    await model.close()
  })

  it('ends turns where the configs do not name the token that ends them', async () => {
    const path = copyModel('forgetful')
    for (const file of ['config.json', 'generation_config.json'])
      writeFileSync(
        join(path, file),
        readFileSync(join(path, file), 'utf8').replaceAll(
          /"eos_token_id": \d+/g,
          '"eos_token_id": 625',
        ),
      )
    const model = await openOnnx({ model: path })
    expect(
      await model.generate({
        messages: 'What is 12 + 30?',
        reasoning: 'on',
        sampling: { temperature: 0 },
      }),
    ).toMatchObject({ text: '42', finishReason: 'stop' })
    await model.close()
  })
})
