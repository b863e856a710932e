import { joinPieces, type Piece, pieceDecoder, type Prompt, tokenToBytes } from '@nano/chat/engine'
import { NanoError, type TokenLogprob } from '@nano/core'
import { type TokenDecoder, wholeCodePoints } from '@nano/core/driver'
import type { GgufVocabulary, LlamaModel, Token } from '../runtime.ts'

/** A model's tokens, with control tokens apart from text. */
export interface Vocabulary {
  tokenize(prompt: Prompt): Token[]
  /** The text of tokens together, control tokens among them. */
  detokenize(tokens: readonly number[]): string
  /** Decodes the tokens of a reply one by one. */
  decoder(options: DecoderOptions): TokenDecoder
  /** Adds the texts of the token and its alternatives. */
  addText(logprob: Omit<TokenLogprob, 'text'>): TokenLogprob
}

interface DecoderOptions {
  readonly showControlTokens: boolean
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
  const pieceOf = ggufVocabulary.model === 'gpt2' ? byteLevelPieces(ggufVocabulary) : undefined
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

  const detokenize = (tokens: readonly number[]) =>
    pieceOf
      ? joinPieces(tokens.map(pieceOf), { showControlTokens: true })
      : model.detokenize(tokens as readonly Token[], true)

  return {
    tokenize: (prompt) =>
      prompt.flatMap((segment) =>
        'control' in segment
          ? [controlToken(segment.control)]
          : model.tokenize(isComposed ? segment.text.normalize('NFC') : segment.text, false),
      ),
    detokenize,
    decoder: ({ showControlTokens, prompt, sampled }) =>
      pieceOf
        ? pieceDecoder(pieceOf, { showControlTokens })
        : wholeCodePoints((tokens) =>
            model.detokenize(
              tokens as readonly Token[],
              showControlTokens,
              // Only the first word of a text has no space before it, and a reply may continue one.
              [...prompt.slice(-contextTokens), ...sampled].slice(
                -tokens.length - contextTokens,
                -tokens.length,
              ),
            ),
          ),
    addText: ({ token, logprob, top }) => ({
      token,
      text: detokenize([token]),
      logprob,
      top: top.map((entry) => ({ ...entry, text: detokenize([entry.token]) })),
    }),
  }
}

/**
 * Families whose own tokenizer composes characters first, such as an `e` and an accent, as Unicode's
 * NFC does. The runtime tokenizes text as it is.
 * @see https://huggingface.co/Qwen/Qwen3-4B/blob/main/tokenizer.json
 */
const composedFamilies: ReadonlySet<string> = new Set(['qwen2'])

/** Tokens before a text that the runtime's detokenizer sees. */
const contextTokens = 4

/** As GGUF numbers the types of tokens that are written as they are. */
const controlType = 3
const userDefinedType = 4

/** The pieces of a byte-level vocabulary, each made when it is first asked for. */
function byteLevelPieces({
  tokens = [],
  token_type: types = [],
}: GgufVocabulary): (token: number) => Piece {
  const pieces = new Map<number, Piece>()

  return (token) => {
    const cachedPiece = pieces.get(token)
    if (cachedPiece) return cachedPiece
    const text = tokens[token] ?? ''
    const isControl = types[token] === controlType
    const piece = {
      bytes:
        isControl || types[token] === userDefinedType
          ? new TextEncoder().encode(text)
          : tokenToBytes(text, 'byte-level'),
      isControl,
    }
    pieces.set(token, piece)
    return piece
  }
}
