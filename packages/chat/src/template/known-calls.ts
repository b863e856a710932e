import type { CallDescription } from '../tool-calls/call-description.ts'
import { hermesSyntax, jsonBody } from '../tool-calls/family-calls.ts'

/** How models call tools whose templates print no past call. */
interface KnownCalls {
  /** The template holds one of these. */
  readonly signs: readonly string[]
  readonly calls: CallDescription
  /** The name by which the template asks for tools, besides `tools`. */
  readonly toolsVariable?: string
}

const knownCalls: readonly KnownCalls[] = [
  {
    // LFM2 and LFM2.5: https://docs.liquid.ai/lfm/key-concepts/tool-use
    signs: ['<|tool_list_start|>', 'List of tools: [', '<|tool_call_start|>['],
    calls: {
      open: '<|tool_call_start|>[',
      callOpen: '',
      callClose: '',
      separator: ', ',
      close: ']<|tool_call_end|>',
      body: { type: 'python' },
    },
  },
  {
    // Granite 3.3: https://www.ibm.com/granite/docs/models/granite
    signs: ['<|start_of_role|>available_tools', "role='available_tools'"],
    calls: {
      open: '<|tool_call|>[',
      callOpen: '',
      callClose: '',
      separator: ', ',
      close: ']',
      body: jsonBody,
    },
  },
  {
    // SmolLM3 prints tools in this variable only: https://huggingface.co/HuggingFaceTB/SmolLM3-3B
    signs: ['xml_tools'],
    toolsVariable: 'xml_tools',
    calls: hermesSyntax,
  },
]

/** The calls of a model, by words of its template. Undefined where they are not known. */
export function findKnownCalls(template: string): KnownCalls | undefined {
  return knownCalls.find(({ signs }) => signs.some((sign) => template.includes(sign)))
}
