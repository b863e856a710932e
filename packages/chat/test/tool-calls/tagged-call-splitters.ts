import { splitReasoning } from '@nano/core/driver'
import type { CallDescription } from '../../src/tool-calls/call-description.ts'
import { splitDescribedCalls } from '../../src/tool-calls/split-described-calls.ts'
import { hermesCalls, nvidiaCalls, xmlFunctionCalls } from '../../src/tool-calls/family-calls.ts'

const thoughtSplitter = () => splitReasoning({ open: '<think>', close: '</think>' })
export const tools = ['a', 'b', 'c'].map((name) => ({ name, parameters: {} }))
export const listedCallSplitter = () =>
  nvidiaCalls.splitToolCalls(thoughtSplitter(), { earlierIds: ['call_3'], tools })
export const hermesCallSplitter = () =>
  hermesCalls.splitToolCalls(thoughtSplitter(), { earlierIds: [], tools })
const wordCalls: CallDescription = {
  open: '',
  callOpen: 'Action: ',
  callClose: '',
  separator: '\n',
  close: '',
  body: {
    type: 'named',
    pieces: [{ slot: 'name' }, '\nAction Input: ', { slot: 'arguments' }],
  },
}
const typedTools = [
  {
    name: 'a',
    parameters: {
      properties: { n: { type: 'integer' }, s: { type: 'string' }, o: { type: 'object' } },
    },
  },
]
export const xmlCallSplitter = () =>
  xmlFunctionCalls.splitToolCalls(thoughtSplitter(), { earlierIds: [], tools: typedTools })
/** A list of calls in Python between two tokens. */
export const pythonCalls: CallDescription = {
  open: '<|calls|>[',
  callOpen: '',
  callClose: '',
  separator: ', ',
  close: ']<|/calls|>',
  body: { type: 'python' },
}
/** The syntax of Qwen3-Coder without line breaks around values. */
const tightXmlCalls: CallDescription = {
  open: '',
  callOpen: '<tool_call>\n<function=',
  callClose: '</function>\n</tool_call>',
  close: '',
  body: {
    type: 'parameters',
    afterName: '>\n',
    parameter: {
      open: '<parameter=',
      beforeText: '>',
      beforeValue: '>',
      close: '</parameter>\n',
      separator: '',
    },
  },
}
export const tightXmlCallSplitter = () =>
  splitDescribedCalls(thoughtSplitter(), tightXmlCalls, { earlierIds: [], tools: typedTools })
export const wordCallSplitter = () =>
  splitDescribedCalls(thoughtSplitter(), wordCalls, { earlierIds: [], tools })
export const call = (id: number, name: string, input: object = {}) => ({
  type: 'tool-call',
  id: `call_${id}`,
  name,
  input,
})
