import { optionalSpace } from './container-rules.ts'
import { either, type GrammarBuilder } from './grammar-builder.ts'
import { jsonString } from './json-string.ts'
import { numbersIn } from './number-range.ts'

/** Any JSON value. */
export function anyValueRule(grammar: GrammarBuilder): string {
  return grammar.addRule('json-any', () => {
    const value = 'json-any'
    const comma = `${optionalSpace} "," ${optionalSpace}`
    const pair = `${jsonString(grammar)} ${optionalSpace} ":" ${optionalSpace} ${value}`
    return either(
      `"{" ${optionalSpace} (${pair} (${comma} ${pair})*)? ${optionalSpace} "}"`,
      `"[" ${optionalSpace} (${value} (${comma} ${value})*)? ${optionalSpace} "]"`,
      jsonString(grammar),
      numbersIn({ min: -Infinity, max: Infinity }) ?? '',
      '"true"',
      '"false"',
      '"null"',
    )
  })
}
