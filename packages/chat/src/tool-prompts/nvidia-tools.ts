import type { Tool } from '@nano/core'
import { toSpacedJson } from '../prompt/to-spaced-json.ts'
import type { Reply, Result } from '../prompt/conversation.ts'

/** NVIDIA's syntax for calls: a JSON list between two tags. */
export function listedCalls({ toolCalls = [] }: Reply): string {
  const calls = toolCalls.map(({ name, input }) => ({ name, arguments: input }))
  return calls.length > 0 ? `<TOOLCALL>${toSpacedJson(calls)}</TOOLCALL>` : ''
}

/**
 * NVIDIA's syntax for results. The parts are JSON, where the model's own template leaves that to
 * the caller.
 */
export function listedResults(results: readonly Result[]): string {
  return `<TOOL_RESPONSE>[${results.map(({ output }) => toSpacedJson(output)).join(', ')}]</TOOL_RESPONSE>`
}

/** NVIDIA's syntax for what can be called. */
export function listedTools(tools: readonly Tool[]): string {
  return `<AVAILABLE_TOOLS>${toSpacedJson(tools.map(({ name, description, parameters }) => ({ name, description, parameters })))}</AVAILABLE_TOOLS>`
}
