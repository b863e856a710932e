import type { CallDescription, JsonBody } from './call-description.ts'
import { callFormat } from './call-format.ts'

/** A JSON object with the name and the arguments. */
export const jsonBody: JsonBody = {
  type: 'json',
  pieces: ['{"name": "', { slot: 'name' }, '", "arguments": ', { slot: 'arguments' }, '}'],
  nameKey: 'name',
  argumentsKey: 'arguments',
}

/**
 * The Hermes syntax: one JSON object between each pair of tags.
 * @see https://github.com/NousResearch/Hermes-Function-Calling
 */
export const hermesSyntax: CallDescription = {
  open: '',
  callOpen: '<tool_call>\n',
  callClose: '\n</tool_call>',
  separator: '\n',
  close: '',
  body: jsonBody,
}

export const hermesCalls = callFormat(hermesSyntax)

/** NVIDIA's syntax: a JSON list between two tags. Its models also write other tags. */
export const nvidiaCalls = callFormat({
  open: '<TOOLCALL>[',
  callOpen: '',
  callClose: '',
  separator: ', ',
  close: ']</TOOLCALL>',
  body: jsonBody,
  otherTags: [
    { open: '<TOOL_CALL>', close: '</TOOL_CALL>' },
    { open: '<tool_call>', close: '</tool_call>' },
  ],
})

/**
 * The syntax of Qwen3-Coder: a function with its parameters in XML between each pair of tags.
 * @see https://docs.vllm.ai/en/latest/features/tool_calling.html
 */
export const xmlFunctionCalls = callFormat({
  open: '',
  callOpen: '<tool_call>\n<function=',
  callClose: '</function>\n</tool_call>',
  separator: '\n',
  close: '',
  body: {
    type: 'parameters',
    afterName: '>\n',
    parameter: {
      open: '<parameter=',
      beforeText: '>\n',
      beforeValue: '>\n',
      close: '\n</parameter>\n',
      separator: '',
    },
  },
})
