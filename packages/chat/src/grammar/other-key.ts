import { characterClass, either, literal, type GrammarBuilder, times } from './grammar-builder.ts'
import { character, string } from './json-string.ts'

/** A character of a key, as JSON writes it: itself, or an escape. */
const written = /\\u[0-9a-f]{4}|\\.|./gsu
/** After a backslash. `/` is left out: it is written without one. */
const escapes = [...'"\\bfnrt']

/**
 * A key that is none of these, so that no key is written twice: a tree of their characters, left
 * where it is left.
 */
export function otherKey(grammar: GrammarBuilder, keys: readonly string[], stem: string): string {
  if (keys.length === 0) return string(grammar)
  const more = times(grammar, character, { least: 0 })

  function tree(rest: readonly (readonly string[])[], at: string): string {
    return grammar.addRule(grammar.reserveName(`${stem}-key${at}`), () => {
      const next = [...new Set(rest.flatMap((key) => key.slice(0, 1)))]
      const plain = next.filter((head) => !head.startsWith('\\'))
      // A character that has an escape of its own is not written as \u, here or in a name; so none
      // of the names is written another way.
      const free = escapes.filter((escape) => !next.includes(`\\${escape}`))
      const leaving = [
        `[^"\\\\\\x00-\\x1F\\x7F${characterClass(plain).slice(1, -1)}] ${more}`,
        ...(free.length > 0 ? [`"\\\\" ${characterClass(free)} ${more}`] : []),
      ]
      const going = next.map(
        (head, index) =>
          `${literal(head)} ${tree(
            rest.filter((key) => key[0] === head).map((key) => key.slice(1)),
            `${at}-${index}`,
          )}`,
      )
      const ended = rest.some((key) => key.length === 0) ? [] : ['""']
      return either(...leaving, ...going, ...ended)
    })
  }

  return `"\\"" ${tree(
    keys.map((key) => JSON.stringify(key).slice(1, -1).match(written) ?? []),
    '',
  )} "\\""`
}
