import type { Tool } from '@nano/core'
import {
  type AssistantMessage,
  openChatmlMessage,
  renderReplyStart,
  type ReplyStartOptions,
  type ToolResult,
} from '../prompt/conversation.ts'
import type { Prompt } from '../prompt/prompt.ts'
import { toResultText, toSpacedJson } from '../prompt/to-spaced-json.ts'

/**
 * Describes tools in the Hermes syntax, from the second sentence of the description on.
 * `beforeList` stands between that sentence and the list.
 * @see https://github.com/NousResearch/Hermes-Function-Calling
 */
export function describeHermesTools(tools: readonly Tool[], beforeList: string): string {
  const list = tools
    .map(({ name, description, parameters }) =>
      toSpacedJson({ type: 'function', function: { name, description, parameters } }),
    )
    .join('\n')
  const call =
    '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
  return (
    'You are provided with function signatures within <tools></tools> XML tags:' +
    `${beforeList}<tools>\n${list}\n</tools>\n\n` +
    'For each function call, return a json object with function name and arguments ' +
    `within <tool_call></tool_call> XML tags:\n${call}`
  )
}

/** The content of a reply and its calls in the Hermes syntax, each call between its own tags. */
export function renderHermesReply({ content, toolCalls = [] }: AssistantMessage): string {
  const calls = toolCalls.map(
    ({ name, input }) => `<tool_call>\n${toSpacedJson({ name, arguments: input })}\n</tool_call>`,
  )
  return [...(content ? [content] : []), ...calls].join('\n')
}

/** The start of a ChatML reply; `continued` may have calls in the Hermes syntax. */
export function openHermesReply(
  continued: AssistantMessage | undefined,
  options: ReplyStartOptions,
): Prompt {
  const reply = continued && { ...continued, content: renderHermesReply(continued) }
  return [...openChatmlMessage('assistant'), ...renderReplyStart(reply, options)]
}

/** Results in the Hermes syntax, which share one user message. */
export function renderHermesResults(results: readonly ToolResult[]): string {
  return results
    .map(({ output }) => `<tool_response>\n${toResultText(output)}\n</tool_response>`)
    .join('\n')
}
