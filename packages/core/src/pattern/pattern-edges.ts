import { characterSet, lineEnds, shorthands } from './character-sets.ts'
import { foldCase } from './fold-case.ts'
import type { CharacterSet, Pattern } from './pattern.ts'

/** The start or the end of a text or, with `isMultiline`, of a line in it. */
export function lineEdge(type: 'start' | 'end', isMultiline: boolean): Pattern {
  if (!isMultiline) return { type }
  const lineEnd = lookFor(characterSet(lineEnds), { isBehind: type === 'start' })
  return { type: 'choice', options: [{ type }, lineEnd] }
}

/** What `\b` is, or `\B`; with `isFolded`, all that has a letter of ASCII as its case is a word. */
export function wordEdge(isNegated: boolean, isFolded: boolean): Pattern {
  if (!isFolded) return { type: 'word-edge', isNegated }
  const word = foldCase(characterSet(shorthands.get('w') ?? []), true)
  const options = [true, false].map((isNegatedBehind): Pattern => {
    const behind = lookFor(word, { isBehind: true, isNegated: isNegatedBehind })
    const ahead = lookFor(word, { isBehind: false, isNegated: isNegatedBehind === isNegated })
    return { type: 'sequence', parts: [behind, ahead] }
  })
  return { type: 'choice', options }
}

function lookFor(
  body: CharacterSet,
  { isBehind, isNegated = false }: { readonly isBehind: boolean; readonly isNegated?: boolean },
): Pattern {
  return { type: 'look', body, isBehind, isNegated }
}

/** Whether a pattern can take a character of the text. */
export function hasWidth(pattern: Pattern): boolean {
  if (pattern.type === 'sequence') return pattern.parts.some(hasWidth)
  if (pattern.type === 'choice') return pattern.options.some(hasWidth)
  return pattern.type === 'characters' || pattern.type === 'repeat'
}
