import type { Piece } from './token-bytes.ts'

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
