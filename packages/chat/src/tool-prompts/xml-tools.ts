import type { Tool } from '@nano/core'
import type { AssistantMessage } from '../prompt/conversation.ts'
import { toResultText, toSpacedJson } from '../prompt/to-spaced-json.ts'

/** Describes tools in the syntax of Qwen3-Coder: tools and their parameters as XML. */
export function describeXmlTools(tools: readonly Tool[]): string {
  const call =
    '<tool_call>\n<function=example_function_name>\n' +
    '<parameter=example_parameter_1>\nvalue_1\n</parameter>\n</function>\n</tool_call>'
  return (
    '# Tools\n\nYou have access to the following functions:\n\n' +
    `<tools>\n${tools.map(describeTool).join('\n')}\n</tools>\n\n` +
    'If you choose to call a function ONLY reply in the following format with NO suffix:\n\n' +
    call
  )
}

/** The tool calls of a reply, each between its own tags; values have no quotes. */
export function renderXmlCalls({ toolCalls = [] }: AssistantMessage): string {
  return toolCalls
    .map(({ name, input }) => {
      const values = Object.entries(input ?? {}).map(
        ([key, value]) => `<parameter=${key}>\n${toResultText(value)}\n</parameter>\n`,
      )
      return `<tool_call>\n<function=${name}>\n${values.join('')}</function>\n</tool_call>\n`
    })
    .join('')
}

function describeTool({ name, description, parameters: schema }: Tool): string {
  const { properties, required, ...keywords } = schema
  const parameters = Object.entries(properties ?? {}).map(
    ([key, property]) => `\n<parameter>\n<name>${key}</name>${toElements(property)}\n</parameter>`,
  )
  const otherKeywords = toElements({
    ...keywords,
    type: undefined,
    ...(required !== undefined && { required }),
  })
  return (
    `<function>\n<name>${name}</name>${toElements({ description })}\n` +
    `<parameters>${parameters.join('')}${otherKeywords}\n</parameters>\n</function>`
  )
}

function toElements(fields: unknown): string {
  return Object.entries(fields ?? {})
    .map(([key, value]) => {
      if (value === undefined) return ''
      const content = typeof value === 'string' ? value.trim() : toSpacedJson(value)
      return `\n<${key}>${content}</${key}>`
    })
    .join('')
}
