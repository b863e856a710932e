import { either, type GrammarBuilder, literal, repeat } from './grammar-builder.ts'

const hex = '[0-9a-fA-F]'
const escape = `"\\\\" (["\\\\/bfnrt] | "u" ([0-9a-cefA-CEF] ${hex}{3} | [dD] [0-7] ${hex}{2}))`

/** A character of a JSON string, or an escape for one. */
export const jsonCharacter = `([^"\\\\\\x00-\\x1F\\x7F] | ${escape})`
/**
 * The same, limited to one UTF-16 unit, so that a length is the same in code points and in
 * JavaScript.
 */
const shortCharacter = `([^"\\\\\\x00-\\x1F\\x7F\\U00010000-\\U0010FFFF] | ${escape})`

/** A JSON string with this many characters. */
export function jsonString(
  grammar: GrammarBuilder,
  { min = 0, max = Infinity }: { readonly min?: number; readonly max?: number } = {},
): string {
  const hasLimit = min > 0 || max !== Infinity
  return `"\\"" ${repeat(grammar, hasLimit ? shortCharacter : jsonCharacter, { min, max })} "\\""`
}

/** One JSON value, written without white space. */
export function jsonLiteral(value: unknown): string {
  return literal(JSON.stringify(value))
}

const month = '("0" [1-9] | "1" [0-2])'
const day = '("0" [1-9] | "1" [0-9] | "2" [0-8])'
const date = `[0-9]{4} "-" ${month} "-" ${day}`
const time = '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,3})?'
const timeZone = either('"Z"', '[+-] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9]')
const byte = '("25" [0-5] | "2" [0-4] [0-9] | "1" [0-9] [0-9] | [1-9] [0-9] | [0-9])'
const domainLabel = '[a-z0-9] ("-"? [a-z0-9]){0,30}'
const domain = `${domainLabel} ("." ${domainLabel}){0,3} "." [a-z]{2,12}`

/**
 * The values of `format` in JSON Schema that a grammar can express, in part or in whole. Days after
 * the 28th, which not every month has, are left out.
 */
export const stringFormats: Readonly<Record<string, string>> = {
  date,
  time: `${time} ${timeZone}`,
  'date-time': `${date} "T" ${time} "Z"`,
  uuid: `${hex}{8} "-" ${hex}{4} "-4" ${hex}{3} "-" [89ab] ${hex}{3} "-" ${hex}{12}`,
  email: `[a-zA-Z0-9] ([._+-]? [a-zA-Z0-9]){0,40} "@" ${domain}`,
  ipv4: `${byte} "." ${byte} "." ${byte} "." ${byte}`,
}
