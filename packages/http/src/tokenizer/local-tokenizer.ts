import { tokenizer as parseTokenizer, turnEnds } from '@nano/chat/tokenizer'
import type { ModelTokenizer } from './model-tokenizer.ts'

/** The tokenizer of a model's `tokenizer.json`. */
export function localTokenizer(file: unknown, name: string): ModelTokenizer {
  const tokenizer = parseTokenizer({ tokenizer: file, name })
  return {
    vocabularySize: tokenizer.vocabularySize,
    turnEnds: [...turnEnds({ tokenizer, ids: [] })],
    ...(tokenizer.beginning !== undefined && { beginning: tokenizer.beginning }),
    tokenize: async (prompt) => tokenizer.tokenize(prompt),
    detokenize: async (tokens) => tokenizer.text(tokens, { controls: true }),
    findControlTokens: async () => tokenizer.added,
    decode: tokenizer.text,
  }
}
