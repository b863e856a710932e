import { type Piece, type Spelling, tokenToBytes } from '@nano/chat/engine'
import type { GgufVocabulary } from '../runtime.ts'

/** What the tokens of a GGUF write, where that is known here. */
export interface GgufPieces {
  pieceOf(token: number): Piece
  /** Whether the runtime adds a space to the text after a token, or before the start of a text. */
  addsSpace(after: number | undefined, token: number): boolean
}

/** As GGUF names the kinds of tokenizers. */
const spellings: Readonly<Record<string, Spelling>> = {
  gpt2: 'byte-level',
  llama: 'sentence-piece',
}

/** As GGUF numbers the types of tokens that are written as they are. */
const types = { unknown: 2, control: 3, userDefined: 4 } as const

/** The pieces of a vocabulary, each made when it is first asked for; nothing for other kinds. */
export function ggufPieces(vocabulary: GgufVocabulary): GgufPieces | undefined {
  const spelling = spellings[vocabulary.model ?? '']
  return spelling && piecesOf(vocabulary, spelling)
}

function piecesOf(vocabulary: GgufVocabulary, spelling: Spelling): GgufPieces {
  const { tokens = [], token_type: tokenTypes = [], add_space_prefix: prefix = true } = vocabulary
  const isPrefixed = spelling === 'sentence-piece' && prefix
  const pieces = new Map<number, Piece>()

  function readPiece(token: number): Piece {
    const text = tokens[token] ?? ''
    const type = tokenTypes[token]
    const isUnknown = spelling === 'sentence-piece' && type === types.unknown
    const isControl = type === types.control || isUnknown
    const isLiteral = isControl || type === types.userDefined
    return { bytes: isLiteral ? encoder.encode(text) : tokenToBytes(text, spelling), isControl }
  }

  const isAdded = (token: number) =>
    tokenTypes[token] === types.control || tokenTypes[token] === types.userDefined

  return {
    pieceOf(token) {
      const cachedPiece = pieces.get(token)
      if (cachedPiece) return cachedPiece
      const piece = readPiece(token)
      pieces.set(token, piece)
      return piece
    },
    addsSpace: (after, token) =>
      isPrefixed && !isAdded(token) && (after === undefined || isAdded(after)),
  }
}

const encoder = new TextEncoder()
