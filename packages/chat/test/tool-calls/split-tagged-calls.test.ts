import { splitReasoning } from '@nano/core/driver'
import { expect, it } from 'vitest'
import { everySplit, joined } from '../../../core/test/text/every-split.ts'
import { randomCuts } from '../support/random-cuts.ts'
import {
  splitXmlCalls,
  splitHermesCalls,
  splitNvidiaCalls,
} from '../../src/tool-calls/tool-call-splitters.ts'

const thoughts = () => splitReasoning({ open: '<think>', close: '</think>' })
const listed = () => splitNvidiaCalls(thoughts(), { earlierIds: ['call_3'], tools: [] })
const hermes = () => splitHermesCalls(thoughts(), { earlierIds: [], tools: [] })
const functions = () =>
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
const call = (id: number, name: string, input: object = {}) => ({
  type: 'tool-call',
  id: `call_${id}`,
  name,
  input,
})

it.each<[what: string, reply: string, text: string, calls: object[]]>([
  [
    'a call',
    '<TOOLCALL>[{"name": "a", "arguments": {"b": 1}}]</TOOLCALL>',
    '',
    [call(1, 'a', { b: 1 })],
  ],
  ['text around a call', 'x <TOOLCALL>[{"name": "a"}]</TOOLCALL> y', 'x  y', [call(1, 'a')]],
  [
    'two calls',
    '<TOOLCALL>[{"name":"a"},{"name":"b"}]</TOOLCALL>',
    '',
    [call(1, 'a'), call(2, 'b')],
  ],
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
  for (const pushes of everySplit(reply))
    expect(joined(listed(), pushes), JSON.stringify(pushes)).toEqual({ reasoning: '', text, calls })
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
  for (const pushes of everySplit(reply))
    expect(joined(hermes(), pushes), JSON.stringify(pushes)).toEqual({ reasoning: '', text, calls })
})

const open = '<tool_call>\n<function=a>\n'
const close = '</function>\n</tool_call>'
it.each<[what: string, reply: string, text: string, calls: object[], reasoning?: string]>([
  [
    'a call',
    `x ${open}<parameter=n>\n1\n</parameter>\n<parameter=s>\n2\n3\n</parameter>\n${close}`,
    'x ',
    [call(1, 'a', { n: 1, s: '2\n3' })],
  ],
  ['two calls', `${open}${close}\n${open}${close}\n`, '', [call(1, 'a'), call(2, 'a')]],
  ['a missing closing tag', `${open}</function>`, '', [call(1, 'a')]],
  [
    'a value that is not of its type',
    `${open}<parameter=o>{x</parameter>${close}`,
    '',
    [call(1, 'a', { o: '{x' })],
  ],
  [
    'tags in a value',
    `${open}<parameter=s></function></tool_call></parameter>${close}`,
    '',
    [call(1, 'a', { s: '</function></tool_call>' })],
  ],
  ['a call cut short', `${open}<parameter=n>1`, `${open}<parameter=n>1`, []],
  [
    'markers of thoughts in a value',
    `${open}<parameter=s>\nuse <think> and </think>\n</parameter>\n${close}`,
    '',
    [call(1, 'a', { s: 'use <think> and </think>' })],
  ],
  [
    'a missing end of the function',
    `${open}<parameter=n>\n1\n</parameter>\n</tool_call>.`,
    '.',
    [call(1, 'a', { n: 1 })],
  ],
  [
    'a missing end of the function, and of the reply',
    `${open}<parameter=n>\n1\n</parameter>\n`,
    '',
    [call(1, 'a', { n: 1 })],
  ],
  [
    'a missing end of a parameter',
    `${open}<parameter=n>\n1\n<parameter=s>\n2\n</parameter>\n${close}`,
    '',
    [call(1, 'a', { n: 1, s: '2' })],
  ],
  [
    'a missing end of the last parameter',
    `${open}<parameter=s>\n2\n${close}\n`,
    '',
    [call(1, 'a', { s: '2' })],
  ],
  [
    'a missing end of the last two',
    `${open}<parameter=s>\n2\n</tool_call>`,
    '',
    [call(1, 'a', { s: '2' })],
  ],
  [
    'a missing end of a parameter before another call',
    `${open}<parameter=n>\n1\n${close}\n${open}<parameter=n>\n2\n${close}`,
    '',
    [call(1, 'a', { n: 1 }), call(2, 'a', { n: 2 })],
  ],
  [
    'a missing end of a call before another',
    `${open}<parameter=n>1</parameter>\n${open}${close}`,
    '',
    [call(1, 'a', { n: 1 }), call(2, 'a')],
  ],
  [
    'a missing opening tag',
    `So: <function=a>\n<parameter=n>\n1\n</parameter>\n${close}`,
    'So: ',
    [call(1, 'a', { n: 1 })],
  ],
  [
    'both tags missing',
    '<function=a></function>\n<function=a></function>',
    '',
    [call(1, 'a'), call(2, 'a')],
  ],
  [
    'a function that is not offered, without its tag',
    '<function=b></function>',
    '<function=b></function>',
    [],
  ],
  [
    'a function in prose',
    'write <function=\n<think>so</think>name>',
    'write <function=\nname>',
    [],
    'so',
  ],
  ['a function in code', '`<function=a></function>`', '`<function=a></function>`', []],
  [
    'what is no parameter',
    `${open}so</parameter></function></tool_call>.`,
    `${open}so</parameter></function></tool_call>.`,
    [],
  ],
  ['JSON', '<tool_call>{"name": "a"}</tool_call>', '<tool_call>{"name": "a"}</tool_call>', []],
])('in XML: %s, however it is cut', (_what, reply, text, calls, reasoning = '') => {
  for (const pushes of everySplit(reply))
    expect(joined(functions(), pushes), JSON.stringify(pushes)).toEqual({ reasoning, text, calls })
})

it('a call of a list is emitted as soon as it is whole', () => {
  const machine = listed()
  expect([...machine.push('<TOOLCALL>[{"name": "a"}')]).toEqual([call(1, 'a')])
  expect([...machine.push(', {"name": "b"')]).toEqual([])
  expect([...machine.push('}')]).toEqual([call(2, 'b')])
})

it('brackets of a call that the limit cut are not closed: it may have meant more', () => {
  const machine = listed()
  const parts = [
    ...machine.push('<TOOLCALL>[{"name": "a", "arguments": {"b": 1'),
    ...machine.end(true),
  ]
  expect(parts).toEqual([{ type: 'text', text: '<TOOLCALL>[{"name": "a", "arguments": {"b": 1' }])
})

const words = {
  listed: [
    '<TOOLCALL>',
    '</TOOLCALL>',
    '<tool_call>',
    '{"name":"a","arguments":{"n":1}}',
    '{"name": "a"',
    '"arguments": {',
    '}',
    '}}',
    ']',
    '[',
    ', ',
  ],
  functions: [
    '<tool_call>\n',
    '</tool_call>',
    '<function=a>',
    '<function=',
    'a',
    '</function>',
    '<parameter=n>',
    '\n1\n',
    '\n',
    '</parameter>',
    '\n<parameter=s>',
  ],
}
const common = [
  ' ',
  '\n',
  'a',
  '`',
  '```',
  '~~~',
  '🙂',
  '<',
  '</',
  '<think>',
  '</think>',
  '<thi',
  'nk>',
  '"',
  '\\',
]

const opened = () =>
  splitNvidiaCalls(splitReasoning({ open: '<think>', close: '</think>', startsOpen: true }), {
    earlierIds: [],
    tools: [],
  })

it.each([
  ['listed', listed],
  ['listed', opened],
  ['functions', functions],
] as const)('any text gives the same however it is cut: %s', (kind, machine) => {
  for (const { text, pushes } of randomCuts({
    words: [...words[kind], ...words[kind], ...common],
    seed: 29,
  })) {
    const whole = joined(machine(), [text])
    for (const cut of [[...text], pushes])
      expect(joined(machine(), cut), JSON.stringify(cut)).toEqual(whole)
  }
})

it.each<[string, () => ReturnType<typeof listed>, (text: string) => string]>([
  ['JSON', listed, (text) => `<TOOLCALL>[{"name":"a","arguments":{"s":"${text}"}}]</TOOLCALL>`],
  ['XML', functions, (text) => `${open}<parameter=s>\n${text}\n</parameter>\n${close}`],
])(
  'a long call in %s is read once, in time that grows with its length',
  (_syntax, machine, reply) => {
    const milliseconds = (length: number) => {
      const pieces = reply('xy< '.repeat(length / 4)).match(/[^]{1,4}/g) ?? []
      const start = performance.now()
      expect(joined(machine(), pieces).calls).toHaveLength(1)
      return performance.now() - start
    }
    milliseconds(16_384)
    const fastest = (length: number) =>
      Math.min(...Array.from({ length: 5 }, () => milliseconds(length)))
    // Eight times the text: about eight times the time, where scanning from the start takes 64
    // times.
    expect(fastest(131_072) / fastest(16_384)).toBeLessThan(24)
  },
)
