import { readdir } from 'node:fs/promises'
import type { Shape } from '../decoder/shape.ts'
import type { Vocabulary } from '../decoder/vocabulary.ts'
import { listEndTokens } from './tokenizer-files.ts'

interface ConfigurationOptions {
  readonly shape: Shape
  readonly vocabulary: Vocabulary
  /** Names of the inputs of the graph. */
  readonly inputs: readonly string[]
  /** The folder that the models are in. */
  readonly modelFolder: string
}

/**
 * The files that onnxruntime-genai's model builder writes beside a model, by name.
 * @see https://onnxruntime.ai/docs/genai/reference/config.html
 */
export function genaiFiles({
  shape,
  vocabulary,
  inputs,
}: ConfigurationOptions): Readonly<Record<string, object>> {
  const inputNames = (names: readonly string[]) =>
    Object.fromEntries(names.filter((name) => inputs.includes(name)).map((name) => [name, name]))
  return {
    'genai_config.json': {
      model: {
        bos_token_id: vocabulary.bos,
        context_length: shape.contextLength,
        decoder: {
          session_options: { log_id: 'onnxruntime-genai', provider_options: [] },
          filename: 'model.onnx',
          head_size: shape.headSize,
          hidden_size: shape.hiddenSize,
          inputs: {
            ...inputNames(['input_ids', 'attention_mask', 'position_ids']),
            past_key_names: 'past_key_values.%d.key',
            past_value_names: 'past_key_values.%d.value',
          },
          outputs: {
            logits: 'logits',
            present_key_names: 'present.%d.key',
            present_value_names: 'present.%d.value',
          },
          num_attention_heads: shape.heads,
          num_hidden_layers: shape.layers,
          num_key_value_heads: shape.kvHeads,
        },
        eos_token_id: listEndTokens(vocabulary),
        pad_token_id: findPaddingToken(vocabulary),
        type: shape.architecture,
        vocab_size: shape.vocabularySize,
      },
      search: {
        diversity_penalty: 0,
        do_sample: false,
        early_stopping: true,
        length_penalty: 1,
        max_length: shape.contextLength,
        min_length: 0,
        no_repeat_ngram_size: 0,
        num_beams: 1,
        num_return_sequences: 1,
        past_present_share_buffer: true,
        repetition_penalty: 1,
        temperature: 1,
        top_k: 50,
        top_p: 1,
      },
    },
  }
}

/**
 * The files that an export for transformers.js has beside its models, by name. The configuration
 * lists the models with a data file, because a browser requests each file by its name.
 * @see https://huggingface.co/docs/transformers.js/api/configs
 */
export async function transformersFiles({
  shape,
  vocabulary,
  modelFolder,
}: ConfigurationOptions): Promise<Readonly<Record<string, object>>> {
  const { architecture, ropeScaling } = shape
  const boundaries = { bos_token_id: vocabulary.bos, eos_token_id: listEndTokens(vocabulary) }
  const names = await readdir(modelFolder)
  const dataFiles = names.filter((name) => name.endsWith('.onnx_data')).toSorted()
  return {
    'config.json': {
      architectures: [architecture === 'llama' ? 'LlamaForCausalLM' : 'Qwen3ForCausalLM'],
      ...boundaries,
      head_dim: shape.headSize,
      hidden_act: 'silu',
      hidden_size: shape.hiddenSize,
      intermediate_size: shape.feedForwardSize,
      max_position_embeddings: shape.contextLength,
      model_type: architecture,
      num_attention_heads: shape.heads,
      num_hidden_layers: shape.layers,
      num_key_value_heads: shape.kvHeads,
      rms_norm_eps: shape.normEpsilon,
      ...(ropeScaling && {
        rope_scaling: {
          factor: ropeScaling.factor,
          high_freq_factor: ropeScaling.highFrequencyFactor,
          low_freq_factor: ropeScaling.lowFrequencyFactor,
          original_max_position_embeddings: ropeScaling.originalContextLength,
          rope_type: 'llama3',
        },
      }),
      rope_theta: shape.ropeTheta,
      tie_word_embeddings: shape.hasTiedEmbeddings,
      'transformers.js_config': {
        kv_cache_dtype: { fp16: 'float16', q4f16: 'float16' },
        use_external_data_format: Object.fromEntries(
          dataFiles.map((name) => [name.replace(/_data$/, ''), 1]),
        ),
      },
      use_cache: true,
      vocab_size: shape.vocabularySize,
    },
    'generation_config.json': {
      ...boundaries,
      pad_token_id: findPaddingToken(vocabulary),
      do_sample: false,
      max_length: shape.contextLength,
    },
  }
}

function findPaddingToken({ tokens, eos }: Vocabulary): number {
  const pad = tokens.indexOf('<|finetune_right_pad_id|>')
  return pad < 0 ? eos : pad
}
