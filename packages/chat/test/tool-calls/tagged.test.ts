import { expect, it } from 'vitest'
import { everySplit, joined } from '../../../core/test/text/every-split.ts'
import { taggedToolCalls } from '../../src/tool-calls/tagged.ts'

const machine = () => taggedToolCalls({ open: '<TOOLCALL>', close: '</TOOLCALL>', taken: ['call_3'] })
const call = (id: number, name: string, input: object) => ({ type: 'tool-call', id: `call_${id}`, name, input })

it.each<[what: string, reply: string, text: string, calls: object[]]>([
  ['a call', '<TOOLCALL>[{"name": "a", "arguments": {"b": 1}}]</TOOLCALL>', '', [call(1, 'a', { b: 1 })]],
  ['text around a call', 'x <TOOLCALL>[{"name": "a"}]</TOOLCALL> y', 'x  y', [call(1, 'a', {})]],
  ['two calls', '<TOOLCALL>[{"name":"a"},{"name":"b"}]</TOOLCALL>', '', [call(1, 'a', {}), call(2, 'b', {})]],
  ['a call that is no list', '<TOOLCALL>{"name": "a"}</TOOLCALL>', '', [call(1, 'a', {})]],
  ['an id that is taken is left out', '<TOOLCALL>[{"name":"a"},{"name":"b"},{"name":"c"}]</TOOLCALL>', '', [call(1, 'a', {}), call(2, 'b', {}), call(4, 'c', {})]],
  ['a closing tag inside a string', '<TOOLCALL>[{"name": "a", "arguments": {"b": "\\"</TOOLCALL>"}}]</TOOLCALL>!', '!', [call(1, 'a', { b: '"</TOOLCALL>' })]],
  ['parameters for arguments', '<TOOLCALL>[{"name": "a", "parameters": {"b": 1}}]</TOOLCALL>', '', [call(1, 'a', { b: 1 })]],
  ['a missing closing tag', '<TOOLCALL>[{"name": "a"}]', '', [call(1, 'a', {})]],
  ['what cannot be parsed', '<TOOLCALL>[{"name": </TOOLCALL>!', '<TOOLCALL>[{"name": </TOOLCALL>!', []],
  ['a call cut short', '<TOOLCALL>[{"na', '<TOOLCALL>[{"na', []],
  ['no call', 'a < b <TOOL', 'a < b <TOOL', []],
])('%s, however it is cut', (_what, reply, text, calls) => {
  for (const pushes of everySplit(reply)) expect(joined(machine(), pushes)).toEqual({ reasoning: '', text, calls })
})
