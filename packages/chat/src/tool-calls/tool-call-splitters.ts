import type { ReasoningSplitter } from '@nano/core/driver'
import type { ToolCallOptions } from './call-syntax.ts'
import { jsonCalls } from './json-calls.ts'
import { splitTaggedCalls } from './split-tagged-calls.ts'
import { xmlCalls } from './xml-calls.ts'

const hermesTags = { open: '<tool_call>', close: '</tool_call>' }
const nvidiaTags = { open: '<TOOLCALL>', close: '</TOOLCALL>' }

/**
 * The Hermes syntax: one JSON object between each pair of tags.
 * @see https://github.com/NousResearch/Hermes-Function-Calling
 */
export function splitHermesCalls(
  splitter: ReasoningSplitter,
  options: ToolCallOptions,
): ReasoningSplitter {
  return splitTaggedCalls(splitter, { ...options, tags: [hermesTags], syntax: jsonCalls() })
}

/** NVIDIA's syntax: a JSON list between two tags. Its models also write other tags. */
export function splitNvidiaCalls(
  splitter: ReasoningSplitter,
  options: ToolCallOptions,
): ReasoningSplitter {
  return splitTaggedCalls(splitter, {
    tags: [nvidiaTags, { open: '<TOOL_CALL>', close: '</TOOL_CALL>' }, hermesTags],
    syntax: jsonCalls(),
    ...options,
  })
}

/**
 * The syntax of Qwen3-Coder: a function with its parameters in XML between each pair of tags.
 * @see https://docs.vllm.ai/en/latest/features/tool_calling.html
 */
export function splitXmlCalls(
  splitter: ReasoningSplitter,
  options: ToolCallOptions,
): ReasoningSplitter {
  return splitTaggedCalls(splitter, {
    ...options,
    tags: [hermesTags],
    syntax: xmlCalls(options.tools),
  })
}
