import {
  cachePieces,
  joinPieces,
  pieceDecoder,
  pieceReader,
  type Prompt,
  type Spelling,
  type TokenPiece,
  tokenPiece,
  tokenToBytes,
} from '@nano/chat/engine'
import { NanoError, type TokenLogprob } from '@nano/core'
import { type TokenDecoder, wholeCodePoints } from '@nano/core/driver'
import { type GgufVocabulary, type LlamaModel, type Token, tokenTypes } from '../runtime.ts'

/** A model's tokens, with control tokens apart from text. */
export interface Vocabulary {
  tokenize(prompt: Prompt): Token[]
  /** The text of tokens together, control tokens among them. */
  detokenize(tokens: readonly number[]): string
  /** Decodes the tokens of a reply one by one. */
  decoder(options: DecoderOptions): TokenDecoder
  /** Adds the texts of the token and its alternatives, which follow `previousToken`. */
  addText(logprob: Omit<TokenLogprob, 'text'>, previousToken: Token | undefined): TokenLogprob
}

interface DecoderOptions {
  readonly shownControlTokens: readonly string[]
  /** What the model has read: a reply that goes on in it keeps the space of its first word. */
  readonly prompt: readonly Token[]
  /** The tokens of the reply, including the one that is decoded next; the list grows with it. */
  readonly replyTokens: readonly Token[]
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
    const [token, ...otherTokens] = model.tokenize(text, true)
    if (token === undefined || otherTokens.length > 0)
      throw new NanoError(
        'bad-model',
        `${name}: the vocabulary has no control token ${text}, which the format ${format} ` +
          'writes. Open the model with another format.',
      )
    controlTokens.set(text, token)
    return token
  }

  const detokenize = (tokens: readonly number[], previousToken?: number) =>
    pieces
      ? joinPieces(tokens.map(pieceReader({ ...pieces, previousToken })), {
          shownControlTokens: 'all',
        })
      : model.detokenize(tokens as readonly Token[], true)

  return {
    tokenize: (prompt) =>
      prompt.flatMap((segment) =>
        'control' in segment
          ? [controlToken(segment.control)]
          : model.tokenize(isComposed ? segment.text.normalize('NFC') : segment.text, false),
      ),
    detokenize: (tokens) => detokenize(tokens),
    decoder: ({ shownControlTokens, prompt, replyTokens }) =>
      pieces
        ? pieceDecoder(
            pieceReader({ ...pieces, previousToken: replyTokens.at(-1) ?? prompt.at(-1) }),
            {
              shownControlTokens,
            },
          )
        : wholeCodePoints((tokens) =>
            model.detokenize(
              tokens as readonly Token[],
              // Such a vocabulary shows all control tokens, or none.
              shownControlTokens.length > 0,
              // Only the first word of a text has no space before it, and a reply may continue one.
              [
                ...prompt.slice(-contextTokens),
                ...replyTokens.slice(-tokens.length - contextTokens),
              ].slice(-tokens.length - contextTokens, -tokens.length),
            ),
          ),
    addText: ({ token, logprob, top }, previousToken) => ({
      token,
      text: detokenize([token], previousToken),
      logprob,
      top: top.map((entry) => ({ ...entry, text: detokenize([entry.token], previousToken) })),
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

/** What the tokens of a GGUF write, where that is known here. */
interface GgufPieces {
  pieceOf(token: number): TokenPiece
  /** Whether the runtime adds a space to the text after a token, or before the start of a text. */
  addsSpace(previousToken: number | undefined, token: number): boolean
}

/** As GGUF names the kinds of tokenizers. */
const spellings: Readonly<Record<string, Spelling>> = {
  gpt2: 'byte-level',
  llama: 'sentence-piece',
}

/** The pieces of a vocabulary, each made when it is first asked for; nothing for other kinds. */
export function ggufPieces(vocabulary: GgufVocabulary): GgufPieces | undefined {
  const spelling = spellings[vocabulary.model ?? '']
  return spelling && piecesOf(vocabulary, spelling)
}

function piecesOf(vocabulary: GgufVocabulary, spelling: Spelling): GgufPieces {
  const { tokens = [], token_type: types = [], add_space_prefix: addsPrefix = true } = vocabulary
  const isPrefixed = spelling === 'sentence-piece' && addsPrefix

  function readPiece(token: number): TokenPiece {
    const text = tokens[token] ?? ''
    const type = types[token]
    const isUnknown = spelling === 'sentence-piece' && type === tokenTypes.unknown
    const isControl = type === tokenTypes.control || isUnknown
    const isLiteral = isControl || type === tokenTypes.userDefined
    return tokenPiece(isLiteral ? encoder.encode(text) : tokenToBytes(text, spelling), isControl)
  }

  const isAdded = (token: number) =>
    types[token] === tokenTypes.control || types[token] === tokenTypes.userDefined

  return {
    pieceOf: cachePieces(readPiece),
    addsSpace: (previousToken, token) =>
      isPrefixed && !isAdded(token) && (previousToken === undefined || isAdded(previousToken)),
  }
}

const encoder = new TextEncoder()
