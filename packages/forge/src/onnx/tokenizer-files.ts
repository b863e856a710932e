import type { Vocabulary } from '../decoder/vocabulary.ts'

interface TokenizerOptions {
  readonly vocabulary: Vocabulary
  readonly contextLength: number
  readonly chatTemplate?: string
}

/**
 * How Llama 3 splits text before merging, as a regular expression.
 * @see https://github.com/meta-llama/llama-models/blob/main/models/llama3/tokenizer.py
 */
const splitPattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|" +
  '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|' +
  ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'

/** The files of a tokenizer by name, as Llama 3.1 has them. */
export function tokenizerFiles({
  vocabulary,
  contextLength,
  chatTemplate,
}: TokenizerOptions): Readonly<Record<string, object>> {
  const { tokens, firstControl, merges, bos } = vocabulary
  const bosToken = tokens[bos] ?? ''
  const addedTokens = tokens.slice(firstControl).map((content, index) => ({
    id: firstControl + index,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }))
  const byteLevel = (options: object) => ({
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: false,
    ...options,
  })
  const bosTemplate = { SpecialToken: { id: bosToken, type_id: 0 } }
  return {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: addedTokens,
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: splitPattern }, behavior: 'Isolated', invert: false },
          byteLevel({}),
        ],
      },
      post_processor: {
        type: 'Sequence',
        processors: [
          byteLevel({ add_prefix_space: true, trim_offsets: false, use_regex: true }),
          {
            type: 'TemplateProcessing',
            single: [bosTemplate, { Sequence: { id: 'A', type_id: 0 } }],
            pair: [
              bosTemplate,
              { Sequence: { id: 'A', type_id: 0 } },
              { SpecialToken: { id: bosToken, type_id: 1 } },
              { Sequence: { id: 'B', type_id: 1 } },
            ],
            special_tokens: { [bosToken]: { id: bosToken, ids: [bos], tokens: [bosToken] } },
          },
        ],
      },
      decoder: byteLevel({ add_prefix_space: true, use_regex: true }),
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: true,
        vocab: Object.fromEntries(tokens.slice(0, firstControl).map((token, id) => [token, id])),
        merges: merges.map((merge) => merge.split(' ')),
      },
    },
    'tokenizer_config.json': {
      added_tokens_decoder: Object.fromEntries(addedTokens.map(({ id, ...token }) => [id, token])),
      bos_token: bosToken,
      ...(chatTemplate !== undefined && { chat_template: chatTemplate }),
      clean_up_tokenization_spaces: false,
      eos_token: tokens[listEndTokens(vocabulary).at(-1) ?? 0],
      model_input_names: ['input_ids', 'attention_mask'],
      model_max_length: contextLength,
      tokenizer_class: 'PreTrainedTokenizerFast',
    },
  }
}

/**
 * Lists the ids that end a reply: the end of the text, and the ends of a message and of a turn
 * where the vocabulary has them.
 */
export function listEndTokens({ tokens, eos }: Vocabulary): readonly number[] {
  return [eos, ...['<|eom_id|>', '<|eot_id|>'].map((token) => tokens.indexOf(token))].filter(
    (id, index, ids) => id >= 0 && ids.indexOf(id) === index,
  )
}
