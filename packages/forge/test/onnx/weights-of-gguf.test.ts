import { join } from 'node:path'
import { readGgufFileInfo } from 'node-llama-cpp'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import {
  madeUpVocabulary,
  shapes,
  transformer,
  writeGguf,
  type Quantization,
  type Shape,
} from '../../src/index.ts'
import {
  onnxTransformer,
  openDecoder,
  writeOnnx,
  type OnnxTransformerOptions,
} from '../../src/onnx/index.ts'
import { computeProbabilities, loadModel } from '../native/runtime.ts'
import { computeLastLogits, openSession } from './session.ts'

const folder = temporaryFolder()
const shape = shapes.small
const { ropeScaling: _, ...unscaledShape } = shape
const { architecture, normEpsilon, hasTiedEmbeddings } = shapes['qwen3-0.6b']
const qwen3: Shape = { ...unscaledShape, architecture, normEpsilon, hasTiedEmbeddings }
const prompt = [501, 65, 300, 66, 12, 499]

interface Comparison extends Partial<OnnxTransformerOptions> {
  readonly shape: Shape
  readonly quantization: Quantization
}

/** Writes a model and opens it for its weights. */
async function openWritten(path: string, shape: Shape, quantization: Quantization) {
  const vocabulary = madeUpVocabulary(512)
  const { metadata, tensors } = transformer({ shape, quantization, vocabulary, deviation: 0.1 })
  // Q6_K can be written, and not be read.
  const readable = tensors.map((tensor) =>
    tensor.type === 'Q6_K' ? ({ ...tensor, type: 'Q4_0' } as const) : tensor,
  )
  await writeGguf({ path, metadata, tensors: readable })
  const info = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
  return openDecoder(path, info)
}

/**
 * Finds the largest difference of the log-probabilities of llama.cpp and of ONNX Runtime with the
 * same weights.
 */
async function compareRuntimes(
  name: string,
  { shape, quantization, ...options }: Comparison,
): Promise<number> {
  const path = join(folder, `${name}.gguf`)
  const onnxPath = join(folder, `${name}.onnx`)
  const decoder = await openWritten(path, shape, quantization)
  try {
    const graph = onnxTransformer({ ...decoder, precision: 'fp32', ...options })
    await writeOnnx({ path: onnxPath, ...graph })
  } finally {
    decoder.close()
  }
  const probabilities = await computeProbabilities(await loadModel(path), prompt)
  const logits = await computeLastLogits(await openSession(onnxPath), prompt)
  const sum = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
  return Math.max(
    ...logits.map((logit, token) =>
      Math.abs(Math.log(probabilities.get(token)!) - (logit - Math.log(sum))),
    ),
  )
}

describe('the weights of a GGUF file', () => {
  it.each<[string, Shape]>([
    ['with scaled rotary frequencies', shape],
    ['with plain rotary frequencies', unscaledShape],
    ['with tied embeddings', { ...shape, hasTiedEmbeddings: true }],
    ['of the graph qwen3', qwen3],
  ])('%s give the probabilities that llama.cpp gives', async (name, shape) => {
    expect(await compareRuntimes(name, { shape, quantization: 'F32' })).toBeLessThan(0.05)
  })

  it.each(['F16', 'BF16', 'Q8_0', 'Q4_0'] as const)('are read from %s', async (quantization) => {
    expect(await compareRuntimes(quantization, { shape, quantization })).toBeLessThan(0.3)
  })

  it.each([false, true])('are written in four bits with zero points: %s', async (hasZeroPoints) => {
    expect(
      await compareRuntimes(`q4-${hasZeroPoints}`, {
        shape,
        quantization: 'F32',
        precision: 'q4',
        hasZeroPoints,
      }),
    ).toBeLessThan(2)
  })

  it('are refused where the shape is another one', async () => {
    const { weights, close } = await openWritten(join(folder, 'other.gguf'), shape, 'F16')
    const precision = 'fp32'
    expect(() =>
      onnxTransformer({ shape: { ...shape, feedForwardSize: 256 }, precision, weights }),
    ).toThrow('tensor blk.0.ffn_gate.weight is 256 × 512, and the shape needs 256 × 256')
    expect(() => onnxTransformer({ shape: { ...shape, layers: 3 }, precision, weights })).toThrow(
      /no tensor blk.2.attn_norm.weight/,
    )
    close()
  })

  it('are refused for an unknown type, graph or tokenizer', async () => {
    const path = join(folder, 'refused.gguf')
    const write = async (metadata: object) => {
      const contents = transformer({
        shape,
        quantization: 'Q6_K',
        vocabulary: madeUpVocabulary(512),
      })
      await writeGguf({ path, ...contents, metadata: { ...contents.metadata, ...metadata } })
      const info = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
      return () => openDecoder(path, info)
    }
    const { weights, close } = (await write({}))()
    expect(() => weights('blk.0.attn_q.weight')).toThrow(/has the type 14, which cannot be read/)
    close()
    expect(await write({ 'general.architecture': 'mamba' })).toThrow(/graph of the file is mamba/)
    expect(await write({ 'tokenizer.ggml.pre': 'qwen2' })).toThrow(/gpt2 with qwen2/)
    expect(() => openDecoder(join(folder, 'none.gguf'), { metadata: {} })).toThrow(
      /graph of the file is undefined/,
    )
  })
})
