import type { Tool } from '@nano/core'
import { toSpacedJson } from '../prompt/to-spaced-json.ts'
import { type Reply, toResultText } from '../prompt/conversation.ts'

/**
 * Functions in the syntax of Qwen3-Coder, which describes them in XML and calls them without JSON,
 * and how to call them.
 */
export function functionTools(tools: readonly Tool[]): string {
  const list = tools.map(
    ({ name, description, parameters: { properties, required, ...parameters } }) => {
      const fields = Object.entries(properties ?? {}).map(
        ([name, field]) => `<parameter>\n<name>${name}</name>${elements(field)}\n</parameter>`,
      )
      const known = elements({
        ...parameters,
        type: undefined,
        ...(required !== undefined && { required }),
      })
      return `<function>\n<name>${name}</name>${elements({ description })}\n<parameters>${fields.map((field) => `\n${field}`).join('')}${known}\n</parameters>\n</function>`
    },
  )
  const call =
    '<tool_call>\n<function=example_function_name>\n<parameter=example_parameter_1>\nvalue_1\n</parameter>\n</function>\n</tool_call>'
  return (
    `# Tools\n\nYou have access to the following functions:\n\n<tools>\n${list.join('\n')}\n</tools>\n\n` +
    `If you choose to call a function ONLY reply in the following format with NO suffix:\n\n${call}`
  )
}

/** What a reply called: each function between tags of its own. */
export function functionCalls({ toolCalls = [] }: Reply): string {
  return toolCalls
    .map(({ name, input }) => {
      const values = Object.entries(input ?? {}).map(
        ([key, value]) => `<parameter=${key}>\n${toResultText(value)}\n</parameter>\n`,
      )
      return `<tool_call>\n<function=${name}>\n${values.join('')}</function>\n</tool_call>\n`
    })
    .join('')
}

function elements(fields: unknown): string {
  return Object.entries(fields ?? {})
    .map(([key, value]) =>
      value === undefined
        ? ''
        : `\n<${key}>${typeof value === 'string' ? value.trim() : toSpacedJson(value)}</${key}>`,
    )
    .join('')
}
