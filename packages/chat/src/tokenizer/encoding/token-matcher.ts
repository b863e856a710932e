import type { AddedToken } from '../vocabulary.ts'

/** A token that is looked for in text. */
export interface Sought {
  readonly token: AddedToken
  /** It is a control segment of the prompt, and a token whatever stands beside it. */
  readonly isControl: boolean
}

/** A token in a text. */
export interface Match extends Sought {
  readonly start: number
  readonly end: number
}

/** Finds tokens by their texts, from left to right; of two that start at one place, the longer. */
export function tokenMatcher(
  tokens: ReadonlyMap<string, Sought>,
): (text: string) => readonly Match[] {
  const lengthsOf = groupLengths([...tokens.keys()])

  return (text) => {
    const matches: Match[] = []
    for (let start = 0; start < text.length;) {
      const length = lengthsOf
        .get(text.charAt(start))
        ?.find(
          (length) =>
            length <= text.length - start && tokens.has(text.slice(start, start + length)),
        )
      const end = start + (length ?? 1)
      const sought = length === undefined ? undefined : tokens.get(text.slice(start, end))
      if (sought) matches.push({ ...sought, start, end })
      start = end
    }
    return matches
  }
}

/** The lengths of the texts that begin with a UTF-16 unit, the longest first. */
function groupLengths(texts: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const lengthsOf = new Map<string, Set<number>>()
  for (const text of texts) {
    if (text === '') continue
    const first = text.charAt(0)
    lengthsOf.set(first, (lengthsOf.get(first) ?? new Set()).add(text.length))
  }
  return new Map(
    [...lengthsOf].map(([first, lengths]) => [first, [...lengths].sort((a, b) => b - a)]),
  )
}
