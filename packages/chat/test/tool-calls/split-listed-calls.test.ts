import { it } from 'vitest'
import { expectForEverySplit, joinParts } from '../../../core/test/text/every-split.ts'
import { call, hermesCallSplitter, listedCallSplitter } from './tagged-call-splitters.ts'

it.each<[what: string, reply: string, text: string, calls: object[]]>([
  [
    'a call',
    '<TOOLCALL>[{"name": "a", "arguments": {"b": 1}}]</TOOLCALL>',
    '',
    [call(1, 'a', { b: 1 })],
  ],
  [
    'two calls',
    '<TOOLCALL>[{"name":"a"},{"name":"b"}]</TOOLCALL>',
    '',
    [call(1, 'a'), call(2, 'b')],
  ],
  ['a call behind two fences', '<TOOLCALL>``````[{"name": "a"}]</TOOLCALL>', '', [call(1, 'a')]],
  ['a call that is no list', '<TOOLCALL>{"name": "a"}</TOOLCALL>', '', [call(1, 'a')]],
  [
    'an id that is taken is left out',
    '<TOOLCALL>[{"name":"a"},{"name":"b"},{"name":"c"}]</TOOLCALL>',
    '',
    [call(1, 'a'), call(2, 'b'), call(4, 'c')],
  ],
  [
    'a closing tag inside a string',
    '<TOOLCALL>[{"name": "a", "arguments": {"b": "\\"</TOOLCALL>"}}]</TOOLCALL>!',
    '!',
    [call(1, 'a', { b: '"</TOOLCALL>' })],
  ],
  [
    'parameters for arguments',
    '<TOOLCALL>[{"name": "a", "parameters": {"b": 1}}]</TOOLCALL>',
    '',
    [call(1, 'a', { b: 1 })],
  ],
  [
    'arguments as a JSON string',
    '<TOOLCALL>[{"name": "a", "arguments": "{\\"b\\": [1]}"}]</TOOLCALL>',
    '',
    [call(1, 'a', { b: [1] })],
  ],
  ['a missing closing tag', '<TOOLCALL>[{"name": "a"}]', '', [call(1, 'a')]],
  ['half a closing tag', '<TOOLCALL>[{"name": "a"}]</TOO', '', [call(1, 'a')]],
  ['text after a missing closing tag', '<TOOLCALL>[{"name": "a"}] done', ' done', [call(1, 'a')]],
  ['another tag', '<TOOL_CALL>[{"name": "a"}]</TOOL_CALL>', '', [call(1, 'a')]],
  ['tags that do not match', '<TOOLCALL>[{"name": "a"}]</tool_call>', '', [call(1, 'a')]],
  [
    'a missing outer ]',
    '<TOOLCALL>[{"name": "a", "arguments": {"b": 1}}</TOOLCALL>',
    '',
    [call(1, 'a', { b: 1 })],
  ],
  [
    'a missing outer }',
    '<TOOLCALL>[{"name": "a", "arguments": {"b": 1}]</TOOLCALL>',
    '',
    [call(1, 'a', { b: 1 })],
  ],
  ['both missing', '<TOOLCALL>[{"name": "a", "arguments": {"b": 1}', '', [call(1, 'a', { b: 1 })]],
  [
    'what cannot be parsed',
    '<TOOLCALL>[{"name": </TOOLCALL>!',
    '<TOOLCALL>[{"name": </TOOLCALL>!',
    [],
  ],
  [
    'what is no call',
    '<TOOLCALL>[{"a": 1}, 2]</TOOLCALL>',
    '<TOOLCALL>[{"a": 1}, 2]</TOOLCALL>',
    [],
  ],
  ['an empty list', 'x<TOOLCALL>[]</TOOLCALL>y', 'x<TOOLCALL>[]</TOOLCALL>y', []],
  [
    'a call, and what is none',
    '<TOOLCALL>[{"name": "a"}, 2]</TOOLCALL>',
    ', 2]</TOOLCALL>',
    [call(1, 'a')],
  ],
  ['a call cut short', '<TOOLCALL>[{"na', '<TOOLCALL>[{"na', []],
  [
    'each call without its brace',
    '<TOOLCALL>[{"name":"a","arguments":{"n":1}, {"name":"b","arguments":{"n":2}]</TOOLCALL>',
    '',
    [call(1, 'a', { n: 1 }), call(2, 'b', { n: 2 })],
  ],
  [
    'each call without its braces',
    '<TOOLCALL>[{"name":"a","arguments":{"n":1, {"name":"b","arguments":{"n":2',
    '',
    [call(1, 'a', { n: 1 }), call(2, 'b', { n: 2 })],
  ],
  [
    'no arguments, in other words',
    '<TOOLCALL>[{"name":"a","arguments":null},{"name":"b","arguments":""}]</TOOLCALL>',
    '',
    [call(1, 'a'), call(2, 'b')],
  ],
  [
    'doubled braces',
    '<TOOLCALL>[{{"name":"a","arguments":{"n":1}}}, {{"name":"b"}}]</TOOLCALL>',
    '',
    [call(1, 'a', { n: 1 }), call(2, 'b')],
  ],
  [
    'arguments that are none',
    '<TOOLCALL>[{"name":"a","arguments":false}]</TOOLCALL>',
    '<TOOLCALL>[{"name":"a","arguments":false}]</TOOLCALL>',
    [],
  ],
  [
    'half a closing tag after a missing brace',
    '<TOOLCALL>[{"name":"a"]</TOOLC',
    '',
    [call(1, 'a')],
  ],
  [
    'a closer of thoughts in an argument',
    '<TOOLCALL>[{"name":"a","arguments":{"s":"close with </think> please"}}]</TOOLCALL>',
    '',
    [call(1, 'a', { s: 'close with </think> please' })],
  ],
  [
    'an opener of thoughts in an argument',
    '<TOOLCALL>[{"name":"a","arguments":{"s":"write <think> first"}}]</TOOLCALL> bye',
    ' bye',
    [call(1, 'a', { s: 'write <think> first' })],
  ],
  [
    'half an opener of thoughts before a call',
    'a <thi<TOOLCALL>[{"name":"a"}]</TOOLCALL>',
    'a <thi',
    [call(1, 'a')],
  ],
  [
    'backticks in an argument',
    '<TOOLCALL>[{"name":"a","arguments":{"s":"``` `"}}]</TOOLCALL><TOOLCALL>[{"name":"a"}]',
    '',
    [call(1, 'a', { s: '``` `' }), call(2, 'a')],
  ],
  [
    'a call in code',
    'say `<TOOLCALL>[{"name":"a"}]</TOOLCALL>` so',
    'say `<TOOLCALL>[{"name":"a"}]</TOOLCALL>` so',
    [],
  ],
  [
    'a call in a fence, and one behind it',
    '```\n<TOOLCALL>[{"name":"a"}]\n```\n<TOOLCALL>[{"name":"b"}]',
    '```\n<TOOLCALL>[{"name":"a"}]\n```\n',
    [call(1, 'b')],
  ],
  [
    'a call in a fence that is not closed',
    '~~~json\n<TOOLCALL>[{"name":"a"}]',
    '~~~json\n<TOOLCALL>[{"name":"a"}]',
    [],
  ],
  ['a call behind a stray backtick', 'a ` b\n<TOOLCALL>[{"name":"a"}]', 'a ` b\n', [call(1, 'a')]],
  ['a tag in prose', 'write <TOOLCALL> first', 'write <TOOLCALL> first', []],
  ['no call', 'a < b <TOOL', 'a < b <TOOL', []],
])('%s, however it is cut', (_what, reply, text, calls) => {
  expectForEverySplit(reply, (pushes) => joinParts(listedCallSplitter(), pushes), {
    reasoning: '',
    text,
    calls,
  })
})

it.each<[what: string, reply: string, text: string, calls: object[]]>([
  [
    'a call between lines',
    '<tool_call>\n{"name": "a", "arguments": {"b": 1}}\n</tool_call>',
    '',
    [call(1, 'a', { b: 1 })],
  ],
  [
    'two calls, each in tags of its own',
    'x\n<tool_call>{"name": "a"}</tool_call>\n<tool_call>{"name": "b"}</tool_call>\n',
    'x\n',
    [call(1, 'a'), call(2, 'b')],
  ],
  [
    'text between two calls',
    '<tool_call>{"name": "a"}</tool_call>\nand <tool_call>{"name": "b"}',
    '\nand ',
    [call(1, 'a'), call(2, 'b')],
  ],
  [
    'calls in another syntax',
    '<tool_call><function=a></function></tool_call>',
    '<tool_call><function=a></function></tool_call>',
    [],
  ],
])('Hermes: %s, however it is cut', (_what, reply, text, calls) => {
  expectForEverySplit(reply, (pushes) => joinParts(hermesCallSplitter(), pushes), {
    reasoning: '',
    text,
    calls,
  })
})
