import type { ReasoningMarkers } from '@nano/core/driver'
import { characterClass, either, type GrammarBuilder, literal } from './grammar-builder.ts'

/** White space around a thought. */
const whiteSpace = '[ \\n]{0,4}'

interface ThoughtOptions extends ReasoningMarkers {
  /** The prompt has already written `open`. */
  readonly startsOpen: boolean
}

/** A thought: free text between its markers. */
export function thoughtRule(
  grammar: GrammarBuilder,
  { open, close, startsOpen }: ThoughtOptions,
): string {
  const thought = textUpTo(grammar, 'thought', close)
  return startsOpen
    ? `${thought} ${whiteSpace}`
    : `(${whiteSpace} ${literal(open)} ${thought} ${whiteSpace})`
}

/**
 * Any text that ends with its first `end`: the automaton of Knuth, Morris and Pratt, with a rule
 * for each state. Every rule ends with the next, so the parser's stack does not grow with the text.
 */
export function textUpTo(grammar: GrammarBuilder, stem: string, end: string): string {
  const characters = [...end]
  const alphabet = [...new Set(characters)]
  const stateName = (matchedLength: number) => `${stem}-${matchedLength}`

  /** How much of `end` is matched by `character` after the first `matchedLength` characters. */
  function findNextState(matchedLength: number, character: string): number {
    const text = [...characters.slice(0, matchedLength), character]
    for (let length = Math.min(text.length, characters.length); length > 0; length--) {
      if (text.slice(-length).join('') === characters.slice(0, length).join('')) return length
    }
    return 0
  }

  for (const matchedLength of characters.keys()) {
    grammar.addRule(stateName(matchedLength), () => {
      const steps = alphabet.map((character) => {
        const next = findNextState(matchedLength, character)
        const step = characterClass([character])
        return next === characters.length ? step : `${step} ${stateName(next)}`
      })
      return either(...steps, `${characterClass(alphabet, { not: true })} ${stateName(0)}`)
    })
  }
  return stateName(0)
}
