import type { Shape } from '../decoder/shape.ts'
import type { Vocabulary } from '../decoder/vocabulary.ts'
import { float32, uint32, type GgufValue } from './gguf-contents.ts'

interface DecoderMetadataOptions {
  readonly shape: Shape
  /** `general.file_type`. */
  readonly fileType: number
  readonly vocabulary: Vocabulary
  readonly name: string
  readonly chatTemplate?: string
}

/** The metadata of a decoder, as llama.cpp reads it. */
export function decoderMetadata({
  shape,
  fileType,
  vocabulary,
  name,
  chatTemplate,
}: DecoderMetadataOptions): Readonly<Record<string, GgufValue>> {
  const { architecture } = shape
  return {
    'general.architecture': architecture,
    'general.type': 'model',
    'general.name': name,
    'general.file_type': uint32(fileType),
    'general.quantization_version': uint32(2),
    [`${architecture}.vocab_size`]: uint32(shape.vocabularySize),
    [`${architecture}.context_length`]: uint32(shape.contextLength),
    [`${architecture}.embedding_length`]: uint32(shape.hiddenSize),
    [`${architecture}.block_count`]: uint32(shape.layers),
    [`${architecture}.feed_forward_length`]: uint32(shape.feedForwardSize),
    [`${architecture}.attention.head_count`]: uint32(shape.heads),
    [`${architecture}.attention.head_count_kv`]: uint32(shape.kvHeads),
    [`${architecture}.attention.key_length`]: uint32(shape.headSize),
    [`${architecture}.attention.value_length`]: uint32(shape.headSize),
    [`${architecture}.attention.layer_norm_rms_epsilon`]: float32(shape.normEpsilon),
    [`${architecture}.rope.dimension_count`]: uint32(shape.headSize),
    [`${architecture}.rope.freq_base`]: float32(shape.ropeTheta),
    ...vocabularyMetadata(vocabulary),
    ...(chatTemplate !== undefined && { 'tokenizer.chat_template': chatTemplate }),
  }
}

function vocabularyMetadata({
  tokens,
  firstControl,
  merges,
  bos,
  eos,
}: Vocabulary): Readonly<Record<string, GgufValue>> {
  // 1 is the type of a token that text can write, 3 that of a control token.
  const types = Int32Array.from(tokens, (_, id) => (id < firstControl ? 1 : 3))
  return {
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'llama-bpe',
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.token_type': types,
    'tokenizer.ggml.merges': merges,
    'tokenizer.ggml.bos_token_id': uint32(bos),
    'tokenizer.ggml.eos_token_id': uint32(eos),
    'tokenizer.ggml.add_bos_token': true,
  }
}
