import { tokenizer as parseTokenizer, findTurnEnds } from '@nano/chat/tokenizer'
import type { ModelTokenizer } from './model-tokenizer.ts'

/** The tokenizer of a model's `tokenizer.json`. */
export function localTokenizer(file: unknown, name: string): ModelTokenizer {
  const tokenizer = parseTokenizer({ tokenizer: file, name })
  return {
    vocabularySize: tokenizer.vocabularySize,
    turnEnds: [...findTurnEnds({ tokenizer, ids: [] })],
    ...(tokenizer.bosToken !== undefined && { prependedToken: tokenizer.bosToken }),
    tokenize: async (prompt) => tokenizer.tokenize(prompt),
    detokenize: async (tokens) => tokenizer.detokenize(tokens, { shownControlTokens: 'all' }),
    findControlTokens: async () => tokenizer.controlTokens,
    decoder: tokenizer.decoder,
  }
}
