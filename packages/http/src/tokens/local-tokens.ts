import { tokenizer as read, turnEnds } from '@nano/chat/tokenizer'
import type { Tokens } from './remote-tokens.ts'

/** Tokens from the model's own `tokenizer.json`. */
export function localTokens(file: unknown, name: string): Tokens {
  const tokenizer = read({ tokenizer: file, name })
  return {
    vocabularySize: tokenizer.vocabularySize,
    ends: [...turnEnds({ tokenizer, ids: [] })],
    ...(tokenizer.beginning !== undefined && { beginning: tokenizer.beginning }),
    tokenize: async (prompt) => tokenizer.tokenize(prompt),
    controls: async () => tokenizer.added,
    text: tokenizer.text,
    detokenize: async (tokens) => tokenizer.text(tokens, { controls: true }),
  }
}
