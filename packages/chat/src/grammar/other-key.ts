import { characterClass, either, type GrammarBuilder, literal } from './grammar-builder.ts'
import { jsonCharacter, jsonString } from './json-string.ts'

/** A character of a key as JSON writes it: itself, or an escape. */
const writtenCharacter = /\\u[0-9a-f]{4}|\\.|./gsu
/** What may follow a backslash. `/` is left out, because keys are written without escaping it. */
const escapes = [...'"\\bfnrt']
/** The control characters that have no such escape, as JSON writes them. */
const controlCharacters = Array.from({ length: 32 }, (_, code) =>
  JSON.stringify(String.fromCharCode(code)).slice(1, -1),
).filter((character) => character.startsWith('\\u'))
const anyControl = '"\\\\u00" ("0" [0-7befBEF] | "1" [0-9a-fA-F])'

/** Some control characters; their last digit can be in upper case. */
function controlBody(characters: readonly string[]): string {
  if (characters.length === controlCharacters.length) return anyControl
  const bodies = characters.map((character) => {
    const digit = character.slice(-1)
    return `${literal(character.slice(0, -1))} ${characterClass([digit, digit.toUpperCase()])}`
  })
  return either(...bodies)
}

/** Characters of all keys together, and of one key, that are told apart from other keys. */
const maxCharacters = 4_000
const maxDepth = 64

/**
 * A JSON string that is none of `keys`, so that no key occurs twice: a tree of their characters,
 * with a way out at every character. Very long or very many keys are not told apart from others.
 */
export function otherKey(grammar: GrammarBuilder, keys: readonly string[]): string {
  const characters = keys.map(
    (key) => JSON.stringify(key).slice(1, -1).match(writtenCharacter) ?? [],
  )
  const count = characters.reduce((sum, key) => sum + key.length, 0)
  if (keys.length === 0 || count > maxCharacters) return jsonString(grammar)
  const anyRest = grammar.shareRule('json-key-rest', `${jsonCharacter}*`)

  function writeBranch(suffixes: readonly (readonly string[])[], depth: number): string {
    if (depth === maxDepth) return anyRest
    const nextCharacters = [...new Set(suffixes.flatMap((suffix) => suffix.slice(0, 1)))]
    const unescaped = nextCharacters.filter((character) => !character.startsWith('\\'))
    // Keys write no character as \u that has an escape of its own. So no key of `keys` can be
    // written in another way.
    const otherEscapes = escapes.filter((escape) => !nextCharacters.includes(`\\${escape}`))
    const otherControls = controlCharacters.filter(
      (character) => !nextCharacters.includes(character),
    )
    // Many places share one rule: it begins nearly every token, which makes it slow to compile.
    const differing = grammar.shareRule(
      'json-key-other',
      either(
        `[^"\\\\\\x00-\\x1F${characterClass(unescaped.toSorted()).slice(1, -1)}] ${anyRest}`,
        ...(otherEscapes.length > 0 ? [`"\\\\" ${characterClass(otherEscapes)} ${anyRest}`] : []),
        ...(otherControls.length > 0 ? [`${controlBody(otherControls)} ${anyRest}`] : []),
      ),
    )
    const matching = nextCharacters.map((character) => {
      const longer = suffixes.filter((suffix) => suffix[0] === character)
      const branch = writeBranch(
        longer.map((suffix) => suffix.slice(1)),
        depth + 1,
      )
      return `${literal(character)} ${branch}`
    })
    const isKey = suffixes.some((suffix) => suffix.length === 0)
    return either(differing, ...matching, ...(isKey ? [] : ['""']))
  }

  return `"\\"" ${writeBranch(characters, 0)} "\\""`
}
