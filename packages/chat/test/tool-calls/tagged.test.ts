import { expect, it } from 'vitest'
import { everySplit, joined } from '../../../core/test/text/every-split.ts'
import { functionToolCalls, hermesToolCalls, listedToolCalls } from '../../src/tool-calls/tags.ts'

const listed = () => listedToolCalls({ taken: ['call_3'], tools: [] })
const hermes = () => hermesToolCalls({ taken: [], tools: [] })
const functions = () => functionToolCalls({ taken: [], tools: [{ name: 'a', parameters: { properties: { n: { type: 'integer' }, s: { type: 'string' }, o: { type: 'object' } } } }] })
const call = (id: number, name: string, input: object = {}) => ({ type: 'tool-call', id: `call_${id}`, name, input })

it.each<[what: string, reply: string, text: string, calls: object[]]>([
  ['a call', '<TOOLCALL>[{"name": "a", "arguments": {"b": 1}}]</TOOLCALL>', '', [call(1, 'a', { b: 1 })]],
  ['text around a call', 'x <TOOLCALL>[{"name": "a"}]</TOOLCALL> y', 'x  y', [call(1, 'a')]],
  ['two calls', '<TOOLCALL>[{"name":"a"},{"name":"b"}]</TOOLCALL>', '', [call(1, 'a'), call(2, 'b')]],
  ['a call that is no list', '<TOOLCALL>{"name": "a"}</TOOLCALL>', '', [call(1, 'a')]],
  ['an id that is taken is left out', '<TOOLCALL>[{"name":"a"},{"name":"b"},{"name":"c"}]</TOOLCALL>', '', [call(1, 'a'), call(2, 'b'), call(4, 'c')]],
  ['a closing tag inside a string', '<TOOLCALL>[{"name": "a", "arguments": {"b": "\\"</TOOLCALL>"}}]</TOOLCALL>!', '!', [call(1, 'a', { b: '"</TOOLCALL>' })]],
  ['parameters for arguments', '<TOOLCALL>[{"name": "a", "parameters": {"b": 1}}]</TOOLCALL>', '', [call(1, 'a', { b: 1 })]],
  ['arguments as a JSON string', '<TOOLCALL>[{"name": "a", "arguments": "{\\"b\\": [1]}"}]</TOOLCALL>', '', [call(1, 'a', { b: [1] })]],
  ['a missing closing tag', '<TOOLCALL>[{"name": "a"}]', '', [call(1, 'a')]],
  ['half a closing tag', '<TOOLCALL>[{"name": "a"}]</TOO', '', [call(1, 'a')]],
  ['text after a missing closing tag', '<TOOLCALL>[{"name": "a"}] done', ' done', [call(1, 'a')]],
  ['another tag', '<TOOL_CALL>[{"name": "a"}]</TOOL_CALL>', '', [call(1, 'a')]],
  ['tags that do not match', '<TOOLCALL>[{"name": "a"}]</tool_call>', '', [call(1, 'a')]],
  ['a missing outer ]', '<TOOLCALL>[{"name": "a", "arguments": {"b": 1}}</TOOLCALL>', '', [call(1, 'a', { b: 1 })]],
  ['a missing outer }', '<TOOLCALL>[{"name": "a", "arguments": {"b": 1}]</TOOLCALL>', '', [call(1, 'a', { b: 1 })]],
  ['both missing', '<TOOLCALL>[{"name": "a", "arguments": {"b": 1}', '', [call(1, 'a', { b: 1 })]],
  ['what cannot be parsed', '<TOOLCALL>[{"name": </TOOLCALL>!', '<TOOLCALL>[{"name": </TOOLCALL>!', []],
  ['what is no call', '<TOOLCALL>[{"a": 1}, 2]</TOOLCALL>', '<TOOLCALL>[{"a": 1}, 2]</TOOLCALL>', []],
  ['an empty list', 'x<TOOLCALL>[]</TOOLCALL>y', 'x<TOOLCALL>[]</TOOLCALL>y', []],
  ['a call, and what is none', '<TOOLCALL>[{"name": "a"}, 2]</TOOLCALL>', ', 2]</TOOLCALL>', [call(1, 'a')]],
  ['a call cut short', '<TOOLCALL>[{"na', '<TOOLCALL>[{"na', []],
  ['a tag in prose', 'write <TOOLCALL> first', 'write <TOOLCALL> first', []],
  ['no call', 'a < b <TOOL', 'a < b <TOOL', []],
])('%s, however it is cut', (_what, reply, text, calls) => {
  for (const pushes of everySplit(reply)) expect(joined(listed(), pushes), JSON.stringify(pushes)).toEqual({ reasoning: '', text, calls })
})

it.each<[what: string, reply: string, text: string, calls: object[]]>([
  ['a call between lines', '<tool_call>\n{"name": "a", "arguments": {"b": 1}}\n</tool_call>', '', [call(1, 'a', { b: 1 })]],
  ['two calls, each in tags of its own', 'x\n<tool_call>{"name": "a"}</tool_call>\n<tool_call>{"name": "b"}</tool_call>\n', 'x\n', [call(1, 'a'), call(2, 'b')]],
  ['text between two calls', '<tool_call>{"name": "a"}</tool_call>\nand <tool_call>{"name": "b"}', '\nand ', [call(1, 'a'), call(2, 'b')]],
  ['calls in another syntax', '<tool_call><function=a></function></tool_call>', '<tool_call><function=a></function></tool_call>', []],
])('Hermes: %s, however it is cut', (_what, reply, text, calls) => {
  for (const pushes of everySplit(reply)) expect(joined(hermes(), pushes), JSON.stringify(pushes)).toEqual({ reasoning: '', text, calls })
})

const open = '<tool_call>\n<function=a>\n'
const close = '</function>\n</tool_call>'
it.each<[what: string, reply: string, text: string, calls: object[]]>([
  ['a call', `x ${open}<parameter=n>\n1\n</parameter>\n<parameter=s>\n2\n3\n</parameter>\n${close}`, 'x ', [call(1, 'a', { n: 1, s: '2\n3' })]],
  ['two calls', `${open}${close}\n${open}${close}\n`, '', [call(1, 'a'), call(2, 'a')]],
  ['a missing closing tag', `${open}</function>`, '', [call(1, 'a')]],
  ['a value that is not of its type', `${open}<parameter=o>{x</parameter>${close}`, '', [call(1, 'a', { o: '{x' })]],
  ['tags in a value', `${open}<parameter=s></function></tool_call></parameter>${close}`, '', [call(1, 'a', { s: '</function></tool_call>' })]],
  ['a call cut short', `${open}<parameter=n>1`, `${open}<parameter=n>1`, []],
  ['what is no parameter', `${open}so</parameter></function></tool_call>.`, `${open}so</parameter></function></tool_call>.`, []],
  ['JSON', '<tool_call>{"name": "a"}</tool_call>', '<tool_call>{"name": "a"}</tool_call>', []],
])('in XML: %s, however it is cut', (_what, reply, text, calls) => {
  for (const pushes of everySplit(reply)) expect(joined(functions(), pushes), JSON.stringify(pushes)).toEqual({ reasoning: '', text, calls })
})

it('a call of a list is emitted as soon as it is whole', () => {
  const machine = listed()
  expect([...machine.push('<TOOLCALL>[{"name": "a"}')]).toEqual([call(1, 'a')])
  expect([...machine.push(', {"name": "b"')]).toEqual([])
  expect([...machine.push('}')]).toEqual([call(2, 'b')])
})

it('brackets of a call that the limit cut are not closed: it may have meant more', () => {
  const machine = listed()
  const parts = [...machine.push('<TOOLCALL>[{"name": "a", "arguments": {"b": 1'), ...machine.end(true)]
  expect(parts).toEqual([{ type: 'text', text: '<TOOLCALL>[{"name": "a", "arguments": {"b": 1' }])
})
