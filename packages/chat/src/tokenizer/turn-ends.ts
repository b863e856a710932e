import type { Tokenizer } from './tokenizer.ts'

/** What a model's files say about the end of a turn. */
export interface TurnEndOptions {
  readonly tokenizer: Tokenizer
  /**
   * The values of `eos_token_id` in `generation_config.json`, `config.json` and
   * `genai_config.json`.
   */
  readonly ids: readonly number[]
}

/**
 * The tokens that end a turn: those that the files name, and those that end a turn in every family
 * that has them, because files forget some. The list is llama.cpp's, so that a model stops at the
 * same token in both.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/src/llama-vocab.cpp
 */
export function findTurnEnds({ tokenizer, ids }: TurnEndOptions): ReadonlySet<number> {
  const knownIds = knownTurnEnds
    .map((token) => tokenizer.controlTokenId(token))
    .filter((id) => id !== undefined)
  const turnEnds = new Set([...ids, ...knownIds])
  const [returnId, callId, endId] = ['<|return|>', '<|call|>', '<|end|>'].map((token) =>
    tokenizer.controlTokenId(token),
  )
  // In Harmony, `<|end|>` ends a message and not the turn.
  if (returnId !== undefined && callId !== undefined && endId !== undefined) turnEnds.delete(endId)
  return turnEnds
}

const knownTurnEnds = [
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
