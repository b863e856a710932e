import { splitReasoning } from '@nano/core/driver'
import {
  splitXmlCalls,
  splitHermesCalls,
  splitNvidiaCalls,
} from '../../src/tool-calls/tool-call-splitters.ts'

const thoughts = () => splitReasoning({ open: '<think>', close: '</think>' })
export const listed = () => splitNvidiaCalls(thoughts(), { earlierIds: ['call_3'], tools: [] })
export const hermes = () => splitHermesCalls(thoughts(), { earlierIds: [], tools: [] })
export const functions = () =>
  splitXmlCalls(thoughts(), {
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
export const call = (id: number, name: string, input: object = {}) => ({
  type: 'tool-call',
  id: `call_${id}`,
  name,
  input,
})
