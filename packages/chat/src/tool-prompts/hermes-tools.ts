import type { Tool } from '@nano/core'
import type { Prompt } from '../prompt/prompt.ts'
import { toSpacedJson } from '../prompt/to-spaced-json.ts'
import { imTurn } from '../formats/chatml-turn.ts'
import { type Reply, type Result, toResultText } from '../prompt/conversation.ts'

/**
 * The Hermes syntax: a list of functions in the system message, from its second sentence on, and
 * how to call them.
 * @see https://github.com/NousResearch/Hermes-Function-Calling
 */
export function hermesTools(tools: readonly Tool[], beforeList: string): string {
  const list = tools
    .map(({ name, description, parameters }) =>
      toSpacedJson({ type: 'function', function: { name, description, parameters } }),
    )
    .join('\n')
  const call =
    '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
  return (
    `You are provided with function signatures within <tools></tools> XML tags:${beforeList}<tools>\n${list}\n</tools>\n\n` +
    `For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n${call}`
  )
}

/** What a reply said and called in the Hermes syntax: each call between tags of its own. */
export function hermesReply({ content, toolCalls = [] }: Reply): string {
  const calls = toolCalls.map(
    ({ name, input }) => `<tool_call>\n${toSpacedJson({ name, arguments: input })}\n</tool_call>`,
  )
  return [...(content ? [content] : []), ...calls].join('\n')
}

/** Results in the Hermes syntax, which share one turn of the user. */
export function hermesResults(results: readonly Result[]): Prompt {
  return imTurn(
    'user',
    results
      .map(({ output }) => `<tool_response>\n${toResultText(output)}\n</tool_response>`)
      .join('\n'),
  )
}
