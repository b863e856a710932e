import type { TokenDecoder } from '@nano/core/driver'
import { byteOf } from './byte-characters.ts'

/** What a token writes. */
export interface Piece {
  /** UTF-8; a character may be spread over several tokens. */
  readonly bytes: Uint8Array
  /** Text cannot write it. */
  readonly isControl: boolean
}

/**
 * How a vocabulary writes bytes: one character each, as GPT-2 does, or as SentencePiece: text with
 * `▁` for a space, and `<0x0A>` for what is no text.
 */
export type Spelling = 'byte-level' | 'sentence-piece'

const encoder = new TextEncoder()

/** The bytes that a token of a vocabulary stands for; `?` for a character that stands for none. */
export function tokenToBytes(token: string, spelling: Spelling): Uint8Array {
  if (spelling === 'byte-level')
    return Uint8Array.from(token, (character) => byteOf.get(character) ?? 0x3f)
  const [, byte] = /^<0x([0-9A-F]{2})>$/.exec(token) ?? []
  return byte === undefined
    ? encoder.encode(token.replaceAll('▁', ' '))
    : Uint8Array.of(Number.parseInt(byte, 16))
}

/**
 * The text of pieces together, broken bytes as U+FFFD. Control tokens are left out unless asked
 * for.
 */
export function joinPieces(
  pieces: readonly Piece[],
  { showControlTokens: controls }: { readonly showControlTokens: boolean },
): string {
  const written = pieces.filter(({ isControl: control }) => controls || !control)
  const [first] = written
  if (first && written.length === 1) return decoder.decode(first.bytes)
  const bytes = new Uint8Array(written.reduce((sum, { bytes }) => sum + bytes.length, 0))
  let at = 0
  for (const piece of written) {
    bytes.set(piece.bytes, at)
    at += piece.bytes.length
  }
  return decoder.decode(bytes)
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Decodes tokens one by one. What a token has of an unfinished character waits for the tokens that
 * follow; broken bytes become U+FFFD.
 */
export function pieceDecoder(
  pieceOf: (token: number) => Piece,
  { showControlTokens }: { readonly showControlTokens: boolean },
): TokenDecoder {
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
  return {
    push(token) {
      const { bytes, isControl } = pieceOf(token)
      return isControl && !showControlTokens ? '' : utf8.decode(bytes, { stream: true })
    },
    end: () => utf8.decode(),
  }
}
