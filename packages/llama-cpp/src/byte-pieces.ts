import type { GgufVocabulary } from './runtime.ts'

/** What a token writes. */
export interface Piece {
  readonly bytes: Uint8Array
  readonly control: boolean
}

/**
 * The pieces of a byte-pair vocabulary by id, each made when first asked for: its tokens are bytes, written as one character each.
 * Nothing for another kind of vocabulary.
 * @see https://github.com/openai/gpt-2/blob/master/src/encoder.py
 */
export function bytePieces({ model, tokens = [], token_type: types = [] }: GgufVocabulary): ((id: number) => Piece) | undefined {
  if (model !== 'gpt2') return undefined
  const made = new Map<number, Piece>()

  return (id) => {
    const known = made.get(id)
    if (known) return known
    const text = tokens[id] ?? ''
    const type = types[id] ?? 1
    const plain = type === 3 || type === 4
    const piece = { bytes: plain ? new TextEncoder().encode(text) : Uint8Array.from(text, (character) => byteOf.get(character) ?? 0x3f), control: type === 3 }
    made.set(id, piece)
    return piece
  }
}

/** The text of tokens together, broken bytes as U+FFFD. */
export function joinPieces(piece: (id: number) => Piece, tokens: readonly number[], controls: boolean): string {
  const pieces = tokens.map(piece).filter(({ control }) => controls || !control)
  const bytes = new Uint8Array(pieces.reduce((sum, { bytes }) => sum + bytes.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece.bytes, at)
    at += piece.bytes.length
  }
  return decoder.decode(bytes)
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Printable characters of Latin-1 stand for themselves, all other bytes for the characters from U+0100 on. */
const byteOf = new Map(Array.from({ length: 256 }, (_, byte) => byte)
  .filter((byte) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae)
  .map((byte) => [String.fromCharCode(byte), byte] as const))
for (let byte = 0, shifted = 0x100; byte < 256; byte++) if (!byteOf.has(String.fromCharCode(byte))) byteOf.set(String.fromCharCode(shifted++), byte)
