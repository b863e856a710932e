/** What becomes of the matches of a pattern, as `tokenizer.json` names it. */
export type Behavior =
  | 'Isolated'
  | 'Removed'
  | 'MergedWithPrevious'
  | 'MergedWithNext'
  | 'Contiguous'

export const behaviors: readonly Behavior[] = [
  'Isolated',
  'Removed',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
]

/** A part of a text. */
export interface Piece {
  readonly text: string
  /**
   * Where it begins, counted from the end of the prompt's first character; less than 0 for what
   * begins in that, which may have become several.
   */
  readonly offset: number
}

interface Range extends Piece {
  readonly isMatch: boolean
}

interface SplitOptions {
  readonly pattern: RegExp
  readonly behavior: Behavior
  /** Whether the pattern matches what is kept, and not what separates. */
  readonly invert?: boolean
}

/** Cuts a piece at the matches of a pattern. Empty pieces are dropped. */
export function splitPiece(
  piece: Piece,
  { pattern, behavior, invert = false }: SplitOptions,
): readonly Piece[] {
  const ranges = findRanges(piece, pattern, invert)
  const keptRanges = behavior === 'Removed' ? ranges.filter(({ isMatch }) => !isMatch) : ranges
  const pieces: Piece[] = []
  let last: Range | undefined
  for (const range of keptRanges) {
    const joinedPiece = last && joins(behavior, last, range) ? pieces.pop() : undefined
    pieces.push(
      joinedPiece
        ? { ...joinedPiece, text: joinedPiece.text + range.text }
        : { text: range.text, offset: range.offset },
    )
    last = range
  }
  return pieces
}

function findRanges({ text, offset }: Piece, pattern: RegExp, invert: boolean): readonly Range[] {
  const ranges: Range[] = []
  let end = 0
  const push = (to: number, isMatch: boolean) => {
    if (to > end) ranges.push({ text: text.slice(end, to), offset: offset + end, isMatch })
    end = to
  }
  for (const match of text.matchAll(pattern)) {
    push(match.index, invert)
    push(match.index + match[0].length, !invert)
  }
  push(text.length, invert)
  return ranges
}

/** Whether two ranges become one. Of matches in a row, only the one beside other text joins it. */
function joins(behavior: Behavior, left: Range, right: Range): boolean {
  if (behavior === 'MergedWithPrevious') return !left.isMatch && right.isMatch
  if (behavior === 'MergedWithNext') return left.isMatch && !right.isMatch
  return behavior === 'Contiguous' && left.isMatch === right.isMatch
}
