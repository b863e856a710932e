import { NanoError } from '@nano/core'
import type { Shape } from '../decoder/shape.ts'
import type { Vocabulary } from '../decoder/vocabulary.ts'

/** What the metadata of a GGUF file say of a decoder. */
interface DecoderDescription {
  /** The sizes, except those that only the tensors say. */
  readonly shape: Omit<Shape, 'vocabularySize' | 'hasTiedEmbeddings'>
  readonly vocabulary: Vocabulary
  readonly chatTemplate?: string
}

/**
 * Parses the metadata of a decoder. Throws `unsupported` for another graph than `llama` or `qwen3`
 * or another tokenizer than Llama 3's, and `bad-model` where a size is missing.
 */
export function parseMetadata(metadata: object): DecoderDescription {
  const architecture = findValue(metadata, 'general.architecture')
  if (architecture !== 'llama' && architecture !== 'qwen3')
    throw new NanoError(
      'unsupported',
      `forge: the graph of the file is ${String(architecture)}. Give one of llama or qwen3.`,
    )
  const readNumber = (key: string, defaultValue?: number): number => {
    const value = findValue(metadata, `${architecture}.${key}`) ?? defaultValue
    if (typeof value === 'number') return value
    throw new NanoError(
      'bad-model',
      `forge: the metadata of the file lack ${architecture}.${key}. ` +
        'Give a file that llama.cpp reads.',
    )
  }
  const [hiddenSize, heads] = [readNumber('embedding_length'), readNumber('attention.head_count')]
  const chatTemplate = findValue(metadata, 'tokenizer.chat_template')
  return {
    shape: {
      architecture,
      hiddenSize,
      layers: readNumber('block_count'),
      heads,
      kvHeads: readNumber('attention.head_count_kv', heads),
      headSize: readNumber('attention.key_length', hiddenSize / heads),
      feedForwardSize: readNumber('feed_forward_length'),
      contextLength: readNumber('context_length'),
      ropeTheta: readNumber('rope.freq_base', 10_000),
      normEpsilon: Number(readNumber('attention.layer_norm_rms_epsilon').toPrecision(7)),
    },
    vocabulary: parseVocabulary(metadata),
    ...(typeof chatTemplate === 'string' && { chatTemplate }),
  }
}

function parseVocabulary(metadata: object): Vocabulary {
  const readValue = (key: string) => findValue(metadata, `tokenizer.ggml.${key}`)
  const [tokens, types, merges] = [
    readValue('tokens'),
    readValue('token_type'),
    readValue('merges'),
  ]
  const [bos, eos] = [readValue('bos_token_id'), readValue('eos_token_id')]
  if (
    readValue('model') !== 'gpt2' ||
    readValue('pre') !== 'llama-bpe' ||
    !Array.isArray(tokens) ||
    !Array.isArray(types) ||
    !Array.isArray(merges) ||
    typeof bos !== 'number' ||
    typeof eos !== 'number'
  ) {
    throw new NanoError(
      'unsupported',
      `forge: the tokenizer of the file is ${String(readValue('model'))} ` +
        `with ${String(readValue('pre'))}. Give one of gpt2 with llama-bpe, as Llama 3 has.`,
    )
  }
  const firstControl = types.indexOf(3)
  return { tokens, firstControl: firstControl < 0 ? tokens.length : firstControl, merges, bos, eos }
}

/** Finds a value in an object that is nested at the dots of its keys. */
function findValue(metadata: object, key: string): unknown {
  let value: unknown = metadata
  for (const part of key.split('.'))
    value = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined
  return value
}
