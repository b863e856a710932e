import { characterClass, either, type GrammarBuilder, literal, repeat } from './grammar-builder.ts'
import { jsonCharacter, jsonString } from './json-string.ts'

/** A character of a key as JSON writes it: itself, or an escape. */
const writtenCharacter = /\\u[0-9a-f]{4}|\\.|./gsu
/** What may follow a backslash. `/` is left out, because keys are written without escaping it. */
const escapes = [...'"\\bfnrt']

/**
 * A JSON key that is none of `keys`, so that no key occurs twice: a tree of their characters, with
 * a way out at every character.
 */
export function otherKey(grammar: GrammarBuilder, keys: readonly string[], stem: string): string {
  if (keys.length === 0) return jsonString(grammar)
  const anyRest = repeat(grammar, jsonCharacter, { min: 0 })

  function addBranch(suffixes: readonly (readonly string[])[], path: string): string {
    return grammar.addRule(grammar.reserveName(`${stem}-key${path}`), () => {
      const nextCharacters = [...new Set(suffixes.flatMap((suffix) => suffix.slice(0, 1)))]
      const unescaped = nextCharacters.filter((character) => !character.startsWith('\\'))
      // Keys write no character as \u that has an escape of its own. So no key of `keys` can be
      // written in another way.
      const otherEscapes = escapes.filter((escape) => !nextCharacters.includes(`\\${escape}`))
      const differing = [
        `[^"\\\\\\x00-\\x1F\\x7F${characterClass(unescaped).slice(1, -1)}] ${anyRest}`,
        ...(otherEscapes.length > 0 ? [`"\\\\" ${characterClass(otherEscapes)} ${anyRest}`] : []),
      ]
      const matching = nextCharacters.map((character, index) => {
        const longer = suffixes.filter((suffix) => suffix[0] === character)
        const branch = addBranch(
          longer.map((suffix) => suffix.slice(1)),
          `${path}-${index}`,
        )
        return `${literal(character)} ${branch}`
      })
      const isKey = suffixes.some((suffix) => suffix.length === 0)
      return either(...differing, ...matching, ...(isKey ? [] : ['""']))
    })
  }

  const characters = keys.map((key) => JSON.stringify(key).slice(1, -1).match(writtenCharacter))
  return `"\\"" ${addBranch(
    characters.map((key) => key ?? []),
    '',
  )} "\\""`
}
