import type { Tool } from '@nano/core'
import type { AssistantMessage, ToolResult } from '../prompt/conversation.ts'
import { toSpacedJson } from '../prompt/to-spaced-json.ts'

/** Lists tools in NVIDIA's syntax. */
export function listNvidiaTools(tools: readonly Tool[]): string {
  const list = tools.map(({ name, description, parameters }) => ({ name, description, parameters }))
  return `<AVAILABLE_TOOLS>${toSpacedJson(list)}</AVAILABLE_TOOLS>`
}

/** Tool calls in NVIDIA's syntax: a JSON list between two tags. */
export function renderNvidiaCalls({ toolCalls = [] }: AssistantMessage): string {
  const calls = toolCalls.map(({ name, input }) => ({ name, arguments: input }))
  return calls.length > 0 ? `<TOOLCALL>${toSpacedJson(calls)}</TOOLCALL>` : ''
}

/** Results in NVIDIA's syntax, as JSON; the model's own template leaves the form to its user. */
export function renderNvidiaResults(results: readonly ToolResult[]): string {
  const list = results.map(({ output }) => toSpacedJson(output)).join(', ')
  return `<TOOL_RESPONSE>[${list}]</TOOL_RESPONSE>`
}
