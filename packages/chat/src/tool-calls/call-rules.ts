import type { Tool } from '@nano/core'
import { isJsonObject } from '@nano/core/driver'
import { textUpTo } from '../grammar/free-text.ts'
import { either, type GrammarBuilder, literal, repeat } from '../grammar/grammar-builder.ts'
import { schemaRule } from '../grammar/schema-rule.ts'

/** The rule for one or more calls to some of `tools`, as a family writes them. */
export type CallRule = (grammar: GrammarBuilder, tools: readonly Tool[]) => string

/** The most calls in a reply that has to have some. */
export const maxCalls = 8
const moreCalls = { min: 0, max: maxCalls - 1 }

/** A list of calls between NVIDIA's tags. */
export const nvidiaCallRule: CallRule = (grammar, tools) => {
  const call = jsonCall(grammar, tools)
  return `"<TOOLCALL>[" ${call} ${repeat(grammar, `", " ${call}`, moreCalls)} "]</TOOLCALL>"`
}

/** Calls in the Hermes syntax, each between its own tags. */
export const hermesCallRule: CallRule = (grammar, tools) => {
  const call = `"<tool_call>\\n" ${jsonCall(grammar, tools)} "\\n</tool_call>"`
  return `${call} ${repeat(grammar, `"\\n" ${call}`, moreCalls)}`
}

/** Calls in the syntax of Qwen3-Coder. Text has no quotes, so only the closing tag ends it. */
export const xmlCallRule: CallRule = (grammar, tools) => {
  const calls = tools.map(({ name, parameters }) => {
    const { properties, required } = parameters
    const values = Object.entries(isJsonObject(properties) ? properties : {}).map(
      ([parameter, schema]) => {
        const text = xmlValue(grammar, schema, parameters)
        const value = `${literal(`<parameter=${parameter}>\n`)} ${text}`
        return Array.isArray(required) && required.includes(parameter) ? value : `(${value})?`
      },
    )
    return `${literal(`<function=${name}>\n`)} ${values.join(' ')} "</function>"`
  })
  const call = `"<tool_call>\\n" ${either(...calls)} "\\n</tool_call>"`
  return `${call} ${repeat(grammar, `"\\n" ${call}`, moreCalls)}`
}

function xmlValue(grammar: GrammarBuilder, schema: unknown, definitions: unknown): string {
  const isText = !isJsonObject(schema) || schema.type === undefined || schema.type === 'string'
  return isText
    ? textUpTo(grammar, 'parameter', '\n</parameter>\n')
    : `${schemaRule(grammar, schema, { definitions })} "\\n</parameter>\\n"`
}

function jsonCall(grammar: GrammarBuilder, tools: readonly Tool[]): string {
  const calls = tools.map(({ name, parameters }) => {
    const start = literal(`{"name": ${JSON.stringify(name)}, "arguments": `)
    return `${start} ${schemaRule(grammar, withObjectType(parameters))} "}"`
  })
  return grammar.addRule('call', () => either(...calls))
}

/** Parameters are an object, also where the schema neither says so nor refers to other schemas. */
export function withObjectType(parameters: Tool['parameters']): unknown {
  return ['$ref', 'anyOf', 'oneOf', 'allOf'].some((keyword) => parameters[keyword] !== undefined)
    ? parameters
    : { type: 'object', ...parameters }
}
