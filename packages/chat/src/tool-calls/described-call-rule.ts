import type { Tool } from '@nano/core'
import { isJsonObject } from '@nano/core/driver'
import { textUpTo } from '../grammar/free-text.ts'
import { either, type GrammarBuilder, literal, repeat } from '../grammar/grammar-builder.ts'
import { schemaRule } from '../grammar/schema-rule.ts'
import { allowsText, findParameter } from './argument-value.ts'
import type { CallDescription, CallPiece, ParametersBody } from './call-description.ts'
import { type CallRule, maxCalls, withObjectType } from './call-rules.ts'

/** The rule for calls as a description tells them; undefined where no grammar can say them. */
export function describedCallRule(description: CallDescription): CallRule | undefined {
  const { open, close, callOpen, callClose, separator, body } = description
  const pieces = body.type === 'json' || body.type === 'named' ? body.pieces : undefined
  if (!pieces && body.type !== 'parameters') return undefined
  return (grammar, tools) => {
    const calls = tools.map((tool) =>
      body.type === 'parameters'
        ? parametersRule(grammar, tool, body)
        : piecesRule(grammar, tool, pieces ?? []),
    )
    const anyCall = grammar.addRule('call', () => either(...calls))
    const call = `${literal(callOpen)} ${anyCall} ${literal(callClose)}`
    const more =
      separator === undefined
        ? ''
        : repeat(grammar, `${literal(separator)} ${call}`, { min: 0, max: maxCalls - 1 })
    return `${literal(open.trimStart())} ${call} ${more} ${literal(close)}`
  }
}

function piecesRule(grammar: GrammarBuilder, tool: Tool, pieces: readonly CallPiece[]): string {
  const rules = pieces.map((piece) => {
    if (typeof piece === 'string') return literal(piece)
    if (piece.slot === 'name') return literal(tool.name)
    if (piece.slot === 'arguments') return schemaRule(grammar, withObjectType(tool.parameters))
    return piece.slot === 'index' ? '[0-9]' : grammar.addRule('id', () => '[0-9A-Za-z_-]{9}')
  })
  return rules.join(' ')
}

function parametersRule(
  grammar: GrammarBuilder,
  { name, parameters }: Tool,
  { afterName, parameter: { open, beforeText, beforeValue, close, separator } }: ParametersBody,
): string {
  const { properties, required } = parameters
  const values = Object.entries(isJsonObject(properties) ? properties : {}).map(([key, schema]) => {
    const isText = allowsText(findParameter([{ name, parameters }], name, key))
    const value = isText
      ? textUpTo(grammar, 'parameter', close)
      : `${schemaRule(grammar, schema, { definitions: parameters })} ${literal(close)}`
    const rule = `${literal(open + key + (isText ? beforeText : beforeValue))} ${value}`
    const isRequired = Array.isArray(required) && required.includes(key)
    const after = separator ? ` ${literal(separator)}` : ''
    return isRequired ? `${rule}${after}` : `(${rule}${after})?`
  })
  return `${literal(name + afterName)} ${values.join(' ')}`
}
