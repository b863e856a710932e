import { either, type GrammarBuilder, repeat } from './grammar-builder.ts'

const hex = '[0-9a-fA-F]'
const unit = either(`[0-9a-cefA-CEF] ${hex}{3}`, `[dD] [0-7] ${hex}{2}`)
const pair = `[dD] [89abAB] ${hex}{2} "\\\\u" [dD] [c-fC-F] ${hex}{2}`

/** What may follow a backslash in a JSON string. */
const escape = either('["\\\\/bfnrt]', `"u" ${either(unit, pair)}`)

/** A code point of a JSON string, or an escape for one. Half of a surrogate pair is none. */
export const jsonCharacter = either('[^"\\\\\\x00-\\x1F]', `"\\\\" ${escape}`)

/** A JSON string with this many code points. */
export function jsonString(
  grammar: GrammarBuilder,
  { min = 0, max = Infinity }: { readonly min?: number; readonly max?: number } = {},
): string {
  const body = `"\\"" ${repeat(grammar, jsonCharacter, { min, max })} "\\""`
  return min === 0 && max === Infinity ? grammar.addRule('any-string', () => body) : body
}
