import type { ReasoningMarkers } from '@nano/core/driver'
import { characterClass, either, literal, type GrammarBuilder } from './grammar-builder.ts'

/** White space around a thought. */
const around = '[ \\n]{0,4}'

/**
 * A thought from where the model begins it, or from inside where the prompt did: any text, to the
 * closing marker.
 */
export function thoughtRule(
  grammar: GrammarBuilder,
  { open, close, begun }: ReasoningMarkers & { readonly begun: boolean },
): string {
  const body = upTo(grammar, 'thought', close)
  return begun ? `${body} ${around}` : `(${around} ${literal(open)} ${body} ${around})`
}

/**
 * Any text that ends with the first `end` in it: the automaton of Knuth, Morris and Pratt, a rule
 * for each of its states. Every rule ends with the next, so the parser's stack does not grow with
 * the text.
 */
export function upTo(grammar: GrammarBuilder, stem: string, end: string): string {
  const characters = [...end]
  const alphabet = [...new Set(characters)]
  const state = (matched: number) => `${stem}-${matched}`

  /** How much of `end` is matched after `character`, when `matched` characters of it were. */
  function after(matched: number, character: string): number {
    const seen = [...characters.slice(0, matched), character]
    for (let length = Math.min(seen.length, characters.length); length > 0; length--) {
      if (seen.slice(-length).join('') === characters.slice(0, length).join('')) return length
    }
    return 0
  }

  for (const matched of characters.keys()) {
    grammar.addRule(state(matched), () => {
      const steps = alphabet.map((character) => {
        const next = after(matched, character)
        return next === characters.length
          ? characterClass([character])
          : `${characterClass([character])} ${state(next)}`
      })
      return either(...steps, `${characterClass(alphabet, { not: true })} ${state(0)}`)
    })
  }
  return state(0)
}
