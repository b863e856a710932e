import { NanoError } from '@nano/core'
import type { GivenWeights } from './onnx/given-weights.ts'
import type { GgufFile, ReadValue } from './read-gguf.ts'
import type { Shape } from './shapes.ts'
import type { Vocabulary } from './vocabulary.ts'

/** What a GGUF file says of its decoder, in the words of this package. */
export interface Decoder {
  readonly shape: Shape
  readonly vocabulary: Vocabulary
  readonly weights: GivenWeights
  readonly name?: string
  readonly chatTemplate?: string
}

/**
 * The decoder in an open file. Its rotary scaling is among the weights, not in the shape. Throws
 * `unsupported` for another graph than `llama` and `qwen3` or another tokenizer than Llama 3's,
 * `bad-model` where a size is missing.
 */
export function decoderIn({ metadata, tensors }: GgufFile): Decoder {
  const architecture = metadata['general.architecture']
  if (architecture !== 'llama' && architecture !== 'qwen3')
    throw new NanoError(
      'unsupported',
      `forge: the file's graph is ${String(architecture)}. Give one of llama or qwen3.`,
    )
  const number = (key: string, otherwise?: number): number => {
    const value = metadata[`${architecture}.${key}`] ?? otherwise
    if (typeof value !== 'number')
      throw new NanoError(
        'bad-model',
        `forge: the file does not say ${architecture}.${key}. Give one that llama.cpp reads.`,
      )
    return value
  }
  const [hidden, heads] = [number('embedding_length'), number('attention.head_count')]
  const shape: Shape = {
    architecture,
    hidden,
    layers: number('block_count'),
    heads,
    kvHeads: number('attention.head_count_kv', heads),
    headSize: number('attention.key_length', hidden / heads),
    feedForward: number('feed_forward_length'),
    vocabulary: tensors.get('token_embd.weight')?.dimensions[1] ?? 0,
    contextLength: number('context_length'),
    ropeTheta: number('rope.freq_base', 10_000),
    normEpsilon: Number(number('attention.layer_norm_rms_epsilon').toPrecision(7)),
    tied: !tensors.has('output.weight'),
  }
  const [name, chatTemplate] = [metadata['general.name'], metadata['tokenizer.chat_template']]
  return {
    shape,
    vocabulary: vocabularyIn(metadata),
    weights: (name) => tensors.get(name),
    ...(typeof name === 'string' && { name }),
    ...(typeof chatTemplate === 'string' && { chatTemplate }),
  }
}

function vocabularyIn(metadata: Readonly<Record<string, ReadValue>>): Vocabulary {
  const of = (key: string) => metadata[`tokenizer.ggml.${key}`]
  const [tokens, types, merges, bos, eos] = [
    of('tokens'),
    of('token_type'),
    of('merges'),
    of('bos_token_id'),
    of('eos_token_id'),
  ]
  if (
    of('model') !== 'gpt2' ||
    of('pre') !== 'llama-bpe' ||
    !Array.isArray(tokens) ||
    !Array.isArray(types) ||
    !Array.isArray(merges) ||
    typeof bos !== 'number' ||
    typeof eos !== 'number'
  ) {
    throw new NanoError(
      'unsupported',
      `forge: the file's tokenizer is ${String(of('model'))} with ${String(of('pre'))}. Give one with gpt2 and llama-bpe, as Llama 3 has.`,
    )
  }
  const firstControl = types.indexOf(3)
  return { tokens, firstControl: firstControl < 0 ? tokens.length : firstControl, merges, bos, eos }
}
