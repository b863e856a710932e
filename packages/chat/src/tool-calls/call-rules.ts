import type { Tool } from '@nano/core'
import { schemaRule } from '../grammar/schema-rule.ts'
import { either, literal, type GrammarBuilder, times } from '../grammar/grammar-builder.ts'
import { upTo } from '../grammar/free-text.ts'

/** Calls in one reply, where it has to have some. */
const most = 8

/** The rule for one call or more to some of `tools`, as a family writes them. */
export type CallRule = (grammar: GrammarBuilder, tools: readonly Tool[]) => string

/** A list of calls between NVIDIA's tags. */
export const listedCallRule: CallRule = (grammar, tools) => {
  const call = jsonCall(grammar, tools)
  return `"<TOOLCALL>[" ${call} ${times(grammar, `", " ${call}`, { least: 0, most: most - 1 })} "]</TOOLCALL>"`
}

/** A call between each pair of tags, in the Hermes syntax. */
export const hermesCallRule: CallRule = (grammar, tools) => {
  const call = `"<tool_call>\\n" ${jsonCall(grammar, tools)} "\\n</tool_call>"`
  return `${call} ${times(grammar, `"\\n" ${call}`, { least: 0, most: most - 1 })}`
}

/**
 * A function with its parameters between each pair of tags; what is text has no quotes, so nothing
 * but the closing tag bounds it.
 */
export const functionCallRule: CallRule = (grammar, tools) => {
  const value = (schema: unknown) =>
    isText(schema)
      ? upTo(grammar, 'parameter', '\n</parameter>\n')
      : `${schemaRule(grammar, schema)} "\\n</parameter>\\n"`
  const calls = tools.map(({ name, parameters }) => {
    const { properties, required } = parameters
    const written = Object.entries(isRecord(properties) ? properties : {}).map(([key, schema]) => {
      const parameter = `${literal(`<parameter=${key}>\n`)} ${value(schema)}`
      return Array.isArray(required) && required.includes(key) ? parameter : `(${parameter})?`
    })
    return `${literal(`<function=${name}>\n`)} ${written.join(' ')} "</function>"`
  })
  const call = `"<tool_call>\\n" ${either(...calls)} "\\n</tool_call>"`
  return `${call} ${times(grammar, `"\\n" ${call}`, { least: 0, most: most - 1 })}`
}

function jsonCall(grammar: GrammarBuilder, tools: readonly Tool[]): string {
  const calls = tools.map(
    ({ name, parameters }) =>
      `${literal(`{"name": ${JSON.stringify(name)}, "arguments": `)} ${schemaRule(grammar, input(parameters))} "}"`,
  )
  return grammar.addRule('call', () => either(...calls))
}

/**
 * Parameters are an object even where the schema does not say so; where it is made of others, those
 * say it.
 */
function input(parameters: Tool['parameters']): unknown {
  return ['$ref', 'anyOf', 'oneOf', 'allOf'].some((keyword) => parameters[keyword] !== undefined)
    ? parameters
    : { type: 'object', ...parameters }
}

function isText(schema: unknown): boolean {
  return !isRecord(schema) || schema.type === undefined || schema.type === 'string'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
