import { splitReasoning } from '@nano/core/driver'
import type { CallDescription } from '../../src/tool-calls/call-description.ts'
import { splitDescribedCalls } from '../../src/tool-calls/split-described-calls.ts'
import { hermesCalls, nvidiaCalls, xmlFunctionCalls } from '../../src/tool-calls/family-calls.ts'

const thoughts = () => splitReasoning({ open: '<think>', close: '</think>' })
export const tools = ['a', 'b', 'c'].map((name) => ({ name, parameters: {} }))
export const listed = () =>
  nvidiaCalls.splitToolCalls(thoughts(), { earlierIds: ['call_3'], tools })
export const hermes = () => hermesCalls.splitToolCalls(thoughts(), { earlierIds: [], tools })
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
export const functions = () =>
  xmlFunctionCalls.splitToolCalls(thoughts(), {
    earlierIds: [],
    tools: [
      {
        name: 'a',
        parameters: {
          properties: { n: { type: 'integer' }, s: { type: 'string' }, o: { type: 'object' } },
        },
      },
    ],
  })
export const inWords = () => splitDescribedCalls(thoughts(), wordCalls, { earlierIds: [], tools })
export const call = (id: number, name: string, input: object = {}) => ({
  type: 'tool-call',
  id: `call_${id}`,
  name,
  input,
})
