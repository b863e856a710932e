import { either, literal, type GrammarBuilder, times } from './grammar-builder.ts'

const hex = '[0-9a-fA-F]'
const escape = `"\\\\" (["\\\\/bfnrt] | "u" ([0-9a-cefA-CEF] ${hex}{3} | [dD] [0-7] ${hex}{2}))`

/** A character of a JSON string, or an escape for one. */
export const character = `([^"\\\\\\x00-\\x1F\\x7F] | ${escape})`
/**
 * The same, but always one UTF-16 unit: a length counts the same in code points and in JavaScript.
 */
const unit = `([^"\\\\\\x00-\\x1F\\x7F\\U00010000-\\U0010FFFF] | ${escape})`

/** A JSON string of a length, in characters. */
export function string(
  grammar: GrammarBuilder,
  { least = 0, most = Infinity }: { readonly least?: number; readonly most?: number } = {},
): string {
  const bounded = least > 0 || most !== Infinity
  return `"\\"" ${times(grammar, bounded ? unit : character, { least, most })} "\\""`
}

/** A JSON value, as it is written without white space. */
export function constant(value: unknown): string {
  return literal(JSON.stringify(value))
}

const month = '("0" [1-9] | "1" [0-2])'
const day = '("0" [1-9] | "1" [0-9] | "2" [0-8])'
const date = `[0-9]{4} "-" ${month} "-" ${day}`
const clock = '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,3})?'
const zone = either('"Z"', '[+-] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9]')
const byte = '("25" [0-5] | "2" [0-4] [0-9] | "1" [0-9] [0-9] | [1-9] [0-9] | [0-9])'
const label = '[a-z0-9] ("-"? [a-z0-9]){0,30}'

/**
 * What a `format` of JSON Schema says, or a part of it: days beyond the 28th, which not every month
 * has, are left out.
 */
export const stringFormats: Readonly<Record<string, string>> = {
  date,
  time: `${clock} ${zone}`,
  'date-time': `${date} "T" ${clock} "Z"`,
  uuid: `${hex}{8} "-" ${hex}{4} "-4" ${hex}{3} "-" [89ab] ${hex}{3} "-" ${hex}{12}`,
  email: `[a-zA-Z0-9] ([._+-]? [a-zA-Z0-9]){0,40} "@" ${label} ("." ${label}){0,3} "." [a-z]{2,12}`,
  ipv4: `${byte} "." ${byte} "." ${byte} "." ${byte}`,
}
