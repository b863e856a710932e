import type { TokenDecoder } from '@nano/core/driver'

/** What a token writes. */
export interface TokenPiece {
  /** UTF-8. A character may be spread over several tokens. */
  readonly bytes: Uint8Array
  /** What the bytes write by themselves; absent where it has U+FFFD, or a part of a character. */
  readonly text: string | undefined
  /** A control token, which text cannot write. */
  readonly isControl: boolean
}

/** The control tokens that become text, by their own text. */
export type ShownControlTokens = 'all' | readonly string[]

/**
 * How a vocabulary writes bytes. `byte-level`: one character for each byte, as GPT-2 does.
 * `sentence-piece`: text with `▁` for a space, and `<0x0A>` for a byte that is no text.
 */
export type Spelling = 'byte-level' | 'sentence-piece'

/**
 * The byte for each character of a byte-level vocabulary. Printable characters of Latin-1 stand
 * for themselves, and the characters from U+0100 on stand for all other bytes.
 * @see https://github.com/openai/gpt-2/blob/master/src/encoder.py
 */
const bytesByCharacter: ReadonlyMap<string, number> = (() => {
  let unprintableCount = 0
  return new Map(
    Array.from({ length: 256 }, (_, byte) => {
      const isPrintable =
        (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
      const codePoint = isPrintable ? byte : 0x100 + unprintableCount++
      return [String.fromCodePoint(codePoint), byte] as const
    }),
  )
})()
const charactersByByte = [...bytesByCharacter.keys()]

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The bytes of a token; `?` for a character that stands for none. */
export function tokenToBytes(token: string, spelling: Spelling): Uint8Array {
  if (spelling === 'byte-level')
    return Uint8Array.from(token, (character) => bytesByCharacter.get(character) ?? 0x3f)
  const [, byte] = /^<0x([0-9A-F]{2})>$/.exec(token) ?? []
  return byte === undefined
    ? encoder.encode(token.replaceAll('▁', ' '))
    : Uint8Array.of(Number.parseInt(byte, 16))
}

/** Bytes as a byte-level vocabulary writes them, one character for each. */
export function toByteLevel(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => charactersByByte[byte]).join('')
}

/** What a token with these bytes writes. */
export function tokenPiece(bytes: Uint8Array, isControl: boolean): TokenPiece {
  const text = decoder.decode(bytes)
  // A token may write U+FFFD itself: then it is only decoded more slowly.
  return { bytes, text: text.includes('\uFFFD') ? undefined : text, isControl }
}

/** Reads each piece when it is first asked for, and keeps it. */
export function cachePieces(
  readPiece: (token: number) => TokenPiece,
): (token: number) => TokenPiece {
  const pieces = new Map<number, TokenPiece>()
  return (token) => {
    const cachedPiece = pieces.get(token)
    if (cachedPiece) return cachedPiece
    const piece = readPiece(token)
    pieces.set(token, piece)
    return piece
  }
}

/** The text of pieces together, with U+FFFD for broken bytes. */
export function joinPieces(
  pieces: readonly TokenPiece[],
  { shownControlTokens }: { readonly shownControlTokens: ShownControlTokens },
): string {
  const visible = pieces.filter((piece) => isShown(piece, shownControlTokens))
  const [first] = visible
  if (first && visible.length === 1) return first.text ?? decoder.decode(first.bytes)
  const bytes = new Uint8Array(visible.reduce((sum, { bytes }) => sum + bytes.length, 0))
  let offset = 0
  for (const piece of visible) {
    bytes.set(piece.bytes, offset)
    offset += piece.bytes.length
  }
  return decoder.decode(bytes)
}

interface PieceReaderOptions {
  readonly pieceOf: (token: number) => TokenPiece
  /**
   * Whether the tokenizer adds a space to the text after a token, or before the start of a text.
   * Added tokens have none.
   */
  readonly addsSpace: (previousToken: number | undefined, token: number) => boolean
  /** The token before the first one. */
  readonly previousToken: number | undefined
}

/** Reads pieces in their order, without the spaces that the tokenizer added. */
export function pieceReader({
  pieceOf,
  addsSpace,
  previousToken,
}: PieceReaderOptions): (token: number) => TokenPiece {
  let lastToken = previousToken
  return (token) => {
    const piece = pieceOf(token)
    const isAdded = piece.bytes[0] === space && addsSpace(lastToken, token)
    lastToken = token
    return isAdded
      ? { ...piece, bytes: piece.bytes.subarray(1), text: piece.text?.slice(1) }
      : piece
  }
}

const space = 0x20

/**
 * Decodes tokens one by one. What a token has of an unfinished character waits for the tokens that
 * follow; broken bytes become U+FFFD.
 */
export function pieceDecoder(
  pieceOf: (token: number) => TokenPiece,
  { shownControlTokens }: { readonly shownControlTokens: ShownControlTokens },
): TokenDecoder {
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
  /** `utf8` may hold the start of a character. */
  let isUnfinished = false
  return {
    push(token) {
      const piece = pieceOf(token)
      if (piece.bytes.length === 0 || !isShown(piece, shownControlTokens)) return ''
      if (piece.text !== undefined && !isUnfinished) return piece.text
      isUnfinished = piece.text === undefined
      return utf8.decode(piece.bytes, { stream: true })
    },
    end: () => utf8.decode(),
  }
}

function isShown({ text, isControl }: TokenPiece, shownControlTokens: ShownControlTokens): boolean {
  return (
    !isControl ||
    shownControlTokens === 'all' ||
    (text !== undefined && shownControlTokens.includes(text))
  )
}
