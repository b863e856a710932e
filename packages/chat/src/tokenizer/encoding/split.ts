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

/** A stretch of a text. */
export interface TextSpan {
  readonly text: string
  /**
   * Where it begins, counted from the end of the prompt's first character; less than 0 for what
   * begins in that, which may have become several.
   */
  readonly offset: number
}

/** A match of the pattern, or the text between two. */
interface PatternSpan extends TextSpan {
  readonly isMatch: boolean
}

interface SplitOptions {
  readonly pattern: RegExp
  readonly behavior: Behavior
  /** Whether the pattern matches what is kept, and not what separates. */
  readonly invert?: boolean
}

/** Cuts a span at the matches of a pattern. Empty spans are dropped. */
export function splitSpan(
  span: TextSpan,
  { pattern, behavior, invert = false }: SplitOptions,
): readonly TextSpan[] {
  const patternSpans = findPatternSpans(span, pattern, invert)
  const remainingSpans =
    behavior === 'Removed' ? patternSpans.filter(({ isMatch }) => !isMatch) : patternSpans
  const spans: TextSpan[] = []
  let previousSpan: PatternSpan | undefined
  for (const patternSpan of remainingSpans) {
    const joined =
      previousSpan && joins(behavior, previousSpan, patternSpan) ? spans.pop() : undefined
    spans.push(
      joined
        ? { ...joined, text: joined.text + patternSpan.text }
        : { text: patternSpan.text, offset: patternSpan.offset },
    )
    previousSpan = patternSpan
  }
  return spans
}

function findPatternSpans(
  { text, offset }: TextSpan,
  pattern: RegExp,
  invert: boolean,
): readonly PatternSpan[] {
  const patternSpans: PatternSpan[] = []
  let end = 0
  const push = (to: number, isMatch: boolean) => {
    if (to > end) patternSpans.push({ text: text.slice(end, to), offset: offset + end, isMatch })
    end = to
  }
  for (const match of text.matchAll(pattern)) {
    push(match.index, invert)
    push(match.index + match[0].length, !invert)
  }
  push(text.length, invert)
  return patternSpans
}

/** Whether two spans become one. Of matches in a row, only the one beside other text joins it. */
function joins(behavior: Behavior, left: PatternSpan, right: PatternSpan): boolean {
  if (behavior === 'MergedWithPrevious') return !left.isMatch && right.isMatch
  if (behavior === 'MergedWithNext') return left.isMatch && !right.isMatch
  return behavior === 'Contiguous' && left.isMatch === right.isMatch
}
