import type { Match } from './token-matcher.ts'

/** A token, or text between tokens. */
export type Section = { readonly id: number } | { readonly text: string; readonly start: number }

const wordCharacter = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]'
const startsWithWord = new RegExp(`^${wordCharacter}`, 'u')
const isBlank = /^\p{White_Space}/u

/**
 * Cuts a text at tokens. A token may take the blanks beside it, and one that is a word of its own
 * is none within other words. Control tokens in text stay text.
 */
export function cutAtTokens(text: string, matches: readonly Match[]): readonly Section[] {
  const sections: Section[] = []
  let sectionStart = 0
  for (const { token, isControl, ...match } of matches) {
    if (!isControl && (token.isSpecial || (token.isWord && isWithinWord(text, match)))) continue
    const start = token.stripsLeft ? findBlankStart(text, match.start, sectionStart) : match.start
    const end = token.stripsRight ? findBlankEnd(text, match.end) : match.end
    if (start > sectionStart)
      sections.push({ text: text.slice(sectionStart, start), start: sectionStart })
    sections.push({ id: token.id })
    sectionStart = end
  }
  if (sectionStart < text.length)
    sections.push({ text: text.slice(sectionStart), start: sectionStart })
  return sections
}

function isWithinWord(text: string, { start, end }: Pick<Match, 'start' | 'end'>): boolean {
  const characterBefore = lastCharacter(text.slice(Math.max(0, start - 2), start))
  return startsWithWord.test(characterBefore) || startsWithWord.test(text.slice(end, end + 2))
}

function lastCharacter(text: string): string {
  return [...text].at(-1) ?? ''
}

/** No blank is outside the Basic Multilingual Plane. */
function findBlankStart(text: string, from: number, minStart: number): number {
  let start = from
  while (start > minStart && isBlank.test(text.charAt(start - 1))) start--
  return start
}

function findBlankEnd(text: string, from: number): number {
  let end = from
  while (end < text.length && isBlank.test(text.charAt(end))) end++
  return end
}
