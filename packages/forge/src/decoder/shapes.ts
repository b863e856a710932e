import type { Shape } from './shape.ts'

const llama3 = {
  architecture: 'llama',
  heads: 32,
  kvHeads: 8,
  vocabularySize: 128_256,
  contextLength: 131_072,
  normEpsilon: 1e-5,
} as const
const qwen3 = {
  architecture: 'qwen3',
  kvHeads: 8,
  headSize: 128,
  vocabularySize: 151_936,
  contextLength: 40_960,
  ropeTheta: 1_000_000,
  normEpsilon: 1e-6,
  hasTiedEmbeddings: true,
} as const
const llama3Scaling = (factor: number): NonNullable<Shape['ropeScaling']> => ({
  factor,
  lowFrequencyFactor: 1,
  highFrequencyFactor: 4,
  originalContextLength: 8_192,
})

/** Shapes of real models, from the `config.json` of each, and a small one for tests. */
export const shapes: Readonly<
  Record<
    | 'nemotron-nano-4b'
    | 'llama-3.1-8b'
    | 'llama-3.2-1b'
    | 'qwen3-0.6b'
    | 'qwen3-1.7b'
    | 'qwen3-4b'
    | 'small',
    Shape
  >
> = {
  /** @see https://huggingface.co/nvidia/Llama-3.1-Nemotron-Nano-4B-v1.1 */
  'nemotron-nano-4b': {
    ...llama3,
    hiddenSize: 3_072,
    layers: 32,
    headSize: 128,
    feedForwardSize: 9_216,
    ropeTheta: 3_565_775_107.260_923_4,
    ropeScaling: llama3Scaling(4),
    hasTiedEmbeddings: false,
  },
  /**
   * Nemotron Nano 8B v1 has this shape too.
   * @see https://huggingface.co/meta-llama/Llama-3.1-8B-Instruct
   */
  'llama-3.1-8b': {
    ...llama3,
    hiddenSize: 4_096,
    layers: 32,
    headSize: 128,
    feedForwardSize: 14_336,
    ropeTheta: 500_000,
    ropeScaling: llama3Scaling(8),
    hasTiedEmbeddings: false,
  },
  /** @see https://huggingface.co/meta-llama/Llama-3.2-1B-Instruct */
  'llama-3.2-1b': {
    ...llama3,
    hiddenSize: 2_048,
    layers: 16,
    headSize: 64,
    feedForwardSize: 8_192,
    ropeTheta: 500_000,
    ropeScaling: llama3Scaling(32),
    hasTiedEmbeddings: true,
  },
  /** @see https://huggingface.co/Qwen/Qwen3-0.6B */
  'qwen3-0.6b': { ...qwen3, hiddenSize: 1_024, layers: 28, heads: 16, feedForwardSize: 3_072 },
  /** @see https://huggingface.co/Qwen/Qwen3-1.7B */
  'qwen3-1.7b': { ...qwen3, hiddenSize: 2_048, layers: 28, heads: 16, feedForwardSize: 6_144 },
  /** @see https://huggingface.co/Qwen/Qwen3-4B */
  'qwen3-4b': { ...qwen3, hiddenSize: 2_560, layers: 36, heads: 32, feedForwardSize: 9_728 },
  /**
   * The smallest shape that every quantization can pack. It is no real model's. Its heads do not
   * add up to the hidden size.
   */
  small: {
    ...llama3,
    hiddenSize: 256,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headSize: 128,
    feedForwardSize: 512,
    vocabularySize: 512,
    contextLength: 2_048,
    ropeTheta: 500_000,
    ropeScaling: llama3Scaling(4),
    hasTiedEmbeddings: false,
  },
}
