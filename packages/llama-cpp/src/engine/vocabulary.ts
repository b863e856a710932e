import { joinPieces, pieceDecoder, pieceReader, type Prompt } from '@nano/chat/engine'
import { NanoError, type TokenLogprob } from '@nano/core'
import { type TokenDecoder, wholeCodePoints } from '@nano/core/driver'
import type { GgufVocabulary, LlamaModel, Token } from '../runtime.ts'
import { ggufPieces } from './gguf-pieces.ts'

/** A model's tokens, with control tokens apart from text. */
export interface Vocabulary {
  tokenize(prompt: Prompt): Token[]
  /** The text of tokens together, control tokens among them. */
  detokenize(tokens: readonly number[]): string
  /** Decodes the tokens of a reply one by one. */
  decoder(options: DecoderOptions): TokenDecoder
  /** Adds the texts of the token and its alternatives, which follow the token `after`. */
  addText(logprob: Omit<TokenLogprob, 'text'>, after: Token | undefined): TokenLogprob
}

interface DecoderOptions {
  readonly shownControlTokens: readonly string[]
  /** What the model has read: a reply that goes on in it keeps the space of its first word. */
  readonly prompt: readonly Token[]
  /** The tokens of the reply, including the one that is decoded next; the list grows with it. */
  readonly sampled: readonly Token[]
}

interface VocabularyOptions {
  readonly model: LlamaModel
  readonly ggufVocabulary: GgufVocabulary
  /** Name of the engine, for messages. */
  readonly name: string
  /** Name of the format, for messages. */
  readonly format: string
}

export function vocabulary({ model, ggufVocabulary, name, format }: VocabularyOptions): Vocabulary {
  // The runtime's detokenizer drops spaces before punctuation, so it serves only the vocabularies
  // whose bytes are not known here.
  const pieces = ggufPieces(ggufVocabulary)
  const isComposed = composedFamilies.has(ggufVocabulary.pre ?? '')
  const controlTokens = new Map<string, Token>()

  function controlToken(text: string): Token {
    const cachedToken = controlTokens.get(text)
    if (cachedToken !== undefined) return cachedToken
    const [token, ...others] = model.tokenize(text, true)
    if (token === undefined || others.length > 0)
      throw new NanoError(
        'bad-model',
        `${name}: the vocabulary has no control token ${text}, which the format ${format} ` +
          'writes. Open the model with another format.',
      )
    controlTokens.set(text, token)
    return token
  }

  const detokenize = (tokens: readonly number[], after?: number) =>
    pieces
      ? joinPieces(tokens.map(pieceReader({ ...pieces, after })), { shownControlTokens: 'all' })
      : model.detokenize(tokens as readonly Token[], true)

  return {
    tokenize: (prompt) =>
      prompt.flatMap((segment) =>
        'control' in segment
          ? [controlToken(segment.control)]
          : model.tokenize(isComposed ? segment.text.normalize('NFC') : segment.text, false),
      ),
    detokenize: (tokens) => detokenize(tokens),
    decoder: ({ shownControlTokens, prompt, sampled }) =>
      pieces
        ? pieceDecoder(pieceReader({ ...pieces, after: sampled.at(-1) ?? prompt.at(-1) }), {
            shownControlTokens,
          })
        : wholeCodePoints((tokens) =>
            model.detokenize(
              tokens as readonly Token[],
              // Such a vocabulary shows all control tokens, or none.
              shownControlTokens.length > 0,
              // Only the first word of a text has no space before it, and a reply may continue one.
              [
                ...prompt.slice(-contextTokens),
                ...sampled.slice(-tokens.length - contextTokens),
              ].slice(-tokens.length - contextTokens, -tokens.length),
            ),
          ),
    addText: ({ token, logprob, top }, after) => ({
      token,
      text: detokenize([token], after),
      logprob,
      top: top.map((entry) => ({ ...entry, text: detokenize([entry.token], after) })),
    }),
  }
}

/**
 * Families whose own tokenizer composes characters first, such as an `e` and an accent, as NFC of
 * Unicode does. The runtime tokenizes text as it is.
 * @see https://huggingface.co/Qwen/Qwen3-4B/blob/main/tokenizer.json
 */
const composedFamilies: ReadonlySet<string> = new Set(['qwen2'])

/** Tokens before a text that the runtime's detokenizer sees. */
const contextTokens = 4
