import type { ReasoningSplitter } from '@nano/core/driver'
import type { ToolCallOptions } from '../format/chat-format.ts'
import { functionSyntax } from './xml-calls.ts'
import { jsonSyntax } from './json-calls.ts'
import { taggedToolCalls } from './split-tagged-calls.ts'

const hermes = { open: '<tool_call>', close: '</tool_call>' }
const listed = { open: '<TOOLCALL>', close: '</TOOLCALL>' }

/**
 * The Hermes syntax, one object between each pair of tags.
 * @see https://github.com/NousResearch/Hermes-Function-Calling
 */
export function hermesToolCalls(
  splitter: ReasoningSplitter,
  { earlierIds: taken }: ToolCallOptions,
): ReasoningSplitter {
  return taggedToolCalls(splitter, { tags: [hermes], syntax: jsonSyntax, earlierIds: taken })
}

/** NVIDIA's syntax, a list between two tags, and the tags that its models drift to. */
export function listedToolCalls(
  splitter: ReasoningSplitter,
  { earlierIds: taken }: ToolCallOptions,
): ReasoningSplitter {
  return taggedToolCalls(splitter, {
    tags: [listed, { open: '<TOOL_CALL>', close: '</TOOL_CALL>' }, hermes],
    syntax: jsonSyntax,
    earlierIds: taken,
  })
}

/**
 * The syntax of Qwen3-Coder, a function with its parameters between each pair of tags.
 * @see https://docs.vllm.ai/en/latest/features/tool_calling.html
 */
export function functionToolCalls(
  splitter: ReasoningSplitter,
  { earlierIds: taken, tools }: ToolCallOptions,
): ReasoningSplitter {
  return taggedToolCalls(splitter, {
    tags: [hermes],
    syntax: functionSyntax(tools),
    earlierIds: taken,
  })
}
