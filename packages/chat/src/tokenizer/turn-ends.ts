import type { Tokenizer } from './tokenizer.ts'

/** What a model's files say of how it ends a turn. */
export interface TurnEndOptions {
  readonly tokenizer: Tokenizer
  /**
   * `eos_token_id` of `generation_config.json`, `config.json`, `genai_config.json`: whatever there
   * is.
   */
  readonly ids: readonly number[]
}

/**
 * The tokens that end a turn: those the files name, and those that end one in every family that has
 * them, because configs forget them. The list is llama.cpp's, so a model stops at the same token
 * there and here.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/src/llama-vocab.cpp
 */
export function findTurnEnds({ tokenizer, ids }: TurnEndOptions): ReadonlySet<number> {
  const known = endings
    .map((ending) => tokenizer.controlTokenId(ending))
    .filter((id) => id !== undefined)
  const ends = new Set([...ids, ...known])
  const [returned, called, end] = ['<|return|>', '<|call|>', '<|end|>'].map((token) =>
    tokenizer.controlTokenId(token),
  )
  // In Harmony, `<|end|>` ends a message and not the turn.
  if (returned !== undefined && called !== undefined && end !== undefined) ends.delete(end)
  return ends
}

const endings = [
  '<|eot_id|>',
  '<|im_end|>',
  '<|end|>',
  '<|return|>',
  '<|call|>',
  '<|flush|>',
  '<|calls|>',
  '<end_of_turn>',
  '<|endoftext|>',
  '</s>',
  '<|eom_id|>',
  '<EOT>',
  '_<EOT>',
  '[EOT]',
  '[EOS]',
  '<|end_of_text|>',
  '<end_of_utterance>',
  '<eos>',
  '<｜end▁of▁sentence｜>',
]
