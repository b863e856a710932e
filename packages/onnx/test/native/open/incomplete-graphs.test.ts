import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openOnnx } from '../../../src/index.ts'
import { openError } from './broken-copies.ts'
import { merge, tinyGraph, withAttentions, writeExport } from './exports.ts'

describe('an export of onnxruntime-genai in fp16 for the CPU lacks a part', () => {
  const graph = withAttentions(tinyGraph(), () => ({ operator: 'MultiHeadAttention' }))
  const sliding_window = { window_size: 64, slide_key_value_cache: false, slide_inputs: false }

  it('and is refused where that is the window of its attention', async () => {
    const path = await writeExport({
      name: 'no-window',
      graphs: { 'model.onnx': graph },
      changeConfig: ({ model }) => ({
        model: { ...model, decoder: { ...model.decoder, sliding_window } },
      }),
    })
    expect(await openError({ model: path })).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/no-window lacks the attention window of 64 tokens.*fp32/),
    })
  })

  it('and is refused where that is the positions of tokens', async () => {
    const path = await writeExport({
      name: 'no-positions',
      graphs: { 'model.onnx': graph },
      changeConfig: (config) => config,
    })
    expect(await openError({ model: path })).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/no-positions lacks the positions of tokens.*fp32/),
    })
  })
})

describe('an export for long texts that knows the positions of short ones', () => {
  async function writeLong(name: string, graph = tinyGraph()): Promise<string> {
    const path = await writeExport({ name, graphs: { 'model.onnx': graph } })
    const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')) as object
    const positions = {
      rope_scaling: { type: 'longrope', short_factor: [1], long_factor: [2] },
      original_max_position_embeddings: 128,
    }
    writeFileSync(join(path, 'config.json'), JSON.stringify({ ...config, ...positions }))
    return path
  }

  it('has the context of those', async () => {
    const model = await openOnnx({ model: await writeLong('short'), format: 'nemotron' })
    expect(model.info.contextLength).toBe(128)
    await expect(model.generate('Lisbon '.repeat(200))).rejects.toMatchObject({
      code: 'context-overflow',
    })
    await model.close()
  })

  it('is refused with a longer context, and so is one with a branch for its cache', async () => {
    for (const path of [await writeLong('long'), await writeLong('merged', merge(tinyGraph()))])
      expect(await openError({ model: path, contextLength: 256 })).toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(/contextLength is 256.*positions.*up to 128 tokens only/),
      })
  })
})
