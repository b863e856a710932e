import { allTypes } from '@nano/core/driver'
import { either, type GrammarBuilder, optionalSpace } from './grammar-builder.ts'
import { jsonString } from './json-string.ts'
import { integersIn, numbersIn } from './number-range.ts'

const anyRange = { min: -Infinity, max: Infinity }

/** Any JSON value. */
export function anyValueRule(grammar: GrammarBuilder): string {
  return grammar.addRule('any-value', () =>
    either(...allTypes.map((type) => anyOfType(grammar, type))),
  )
}

/** Any JSON value of a type. */
export function anyOfType(grammar: GrammarBuilder, type: string): string {
  return type === 'string'
    ? jsonString(grammar)
    : grammar.addRule(`any-${type}`, () => bodyOfType(grammar, type))
}

/** Any name, and any value. */
export function anyPair(grammar: GrammarBuilder): string {
  return `${jsonString(grammar)} ${optionalSpace} ":" ${optionalSpace} ${anyValueRule(grammar)}`
}

function bodyOfType(grammar: GrammarBuilder, type: string): string {
  const listOf = (member: string) =>
    `(${member} (${optionalSpace} "," ${optionalSpace} ${member})*)?`
  switch (type) {
    case 'object':
      return `"{" ${optionalSpace} ${listOf(anyPair(grammar))} ${optionalSpace} "}"`
    case 'array':
      return `"[" ${optionalSpace} ${listOf(anyValueRule(grammar))} ${optionalSpace} "]"`
    case 'number':
      return numbersIn(anyRange) ?? ''
    case 'integer':
      return integersIn(anyRange) ?? ''
    case 'boolean':
      return '("true" | "false")'
    default:
      return '"null"'
  }
}
