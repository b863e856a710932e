import type { TokenDecoder } from '@nano/core/driver'

/** What a token writes. */
export interface Piece {
  /** UTF-8. A character may be spread over several tokens. */
  readonly bytes: Uint8Array
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

/** The text of pieces together, with U+FFFD for broken bytes. */
export function joinPieces(
  pieces: readonly Piece[],
  { shownControlTokens }: { readonly shownControlTokens: ShownControlTokens },
): string {
  const visible = pieces.filter((piece) => isShown(piece, shownControlTokens))
  const [first] = visible
  if (first && visible.length === 1) return decoder.decode(first.bytes)
  const bytes = new Uint8Array(visible.reduce((sum, { bytes }) => sum + bytes.length, 0))
  let offset = 0
  for (const piece of visible) {
    bytes.set(piece.bytes, offset)
    offset += piece.bytes.length
  }
  return decoder.decode(bytes)
}

interface PieceReaderOptions {
  readonly pieceOf: (token: number) => Piece
  /**
   * Whether the tokenizer adds a space to the text after a token, or before the start of a text.
   * Added tokens have none.
   */
  readonly addsSpace: (after: number | undefined, token: number) => boolean
  /** The token before the first one. */
  readonly after: number | undefined
}

/** Reads pieces in their order, without the spaces that the tokenizer added. */
export function pieceReader({
  pieceOf,
  addsSpace,
  after,
}: PieceReaderOptions): (token: number) => Piece {
  let previous = after
  return (token) => {
    const { bytes, isControl } = pieceOf(token)
    const isAdded = bytes[0] === space && addsSpace(previous, token)
    previous = token
    return { bytes: isAdded ? bytes.subarray(1) : bytes, isControl }
  }
}

const space = 0x20

/**
 * Decodes tokens one by one. What a token has of an unfinished character waits for the tokens that
 * follow; broken bytes become U+FFFD.
 */
export function pieceDecoder(
  pieceOf: (token: number) => Piece,
  { shownControlTokens }: { readonly shownControlTokens: ShownControlTokens },
): TokenDecoder {
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
  return {
    push(token) {
      const piece = pieceOf(token)
      return isShown(piece, shownControlTokens) ? utf8.decode(piece.bytes, { stream: true }) : ''
    },
    end: () => utf8.decode(),
  }
}

function isShown({ bytes, isControl }: Piece, shownControlTokens: ShownControlTokens): boolean {
  return (
    !isControl ||
    shownControlTokens === 'all' ||
    (shownControlTokens.length > 0 && shownControlTokens.includes(decoder.decode(bytes)))
  )
}
