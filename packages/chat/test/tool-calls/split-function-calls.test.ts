import { expect, it } from 'vitest'
import { expectForEverySplit, joinParts } from '../../../core/test/text/every-split.ts'
import {
  call,
  listedCallSplitter,
  tightXmlCallSplitter,
  xmlCallSplitter,
} from './tagged-call-splitters.ts'

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
    `${open}<parameter=o>{x</parameter>${close}`,
    [],
  ],
  [
    'tags in a value',
    `${open}<parameter=s></function></tool_call></parameter>${close}`,
    '',
    [call(1, 'a', { s: '</function></tool_call>' })],
  ],
  [
    'a whole parameter in a value',
    `${open}<parameter=s>\n<parameter=x>1</parameter>\n</parameter>\n${close}`,
    '',
    [call(1, 'a', { s: '<parameter=x>1</parameter>' })],
  ],
  [
    'closing tags and text in a value',
    `${open}<parameter=s>\na</parameter>b</parameter>c\n</parameter>\n` +
      `<parameter=n>\n1\n</parameter>\n${close}`,
    '',
    [call(1, 'a', { s: 'a</parameter>b</parameter>c', n: 1 })],
  ],
  [
    'a call behind one with words behind its value',
    `${open}<parameter=s>\nb\n</parameter>\nNote.\n${close}\nAnd:\n${open}${close}`,
    `${open}<parameter=s>\nb\n</parameter>\nNote.\n${close}\nAnd:\n`,
    [call(1, 'a')],
  ],
  [
    'a comma between parameters',
    `${open}<parameter=s>b</parameter>, <parameter=n>1</parameter>${close}`,
    `${open}<parameter=s>b</parameter>, <parameter=n>1</parameter>${close}`,
    [],
  ],
  [
    'the tags that close a call behind a closing tag and text in a value',
    `${open}<parameter=s>\na</parameter>b</function>\n</tool_call>c\n</parameter>\n` +
      `<parameter=n>\n1\n</parameter>\n${close}`,
    '',
    [call(1, 'a', { s: 'a</parameter>b</function>\n</tool_call>c', n: 1 })],
  ],
  [
    'a text behind a value, and a second call',
    `${open}<parameter=s>\n1\n</parameter>\nso\n${close}\n${open}${close}`,
    `${open}<parameter=s>\n1\n</parameter>\nso\n${close}\n`,
    [call(1, 'a')],
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
    'write <function=\n<think>so</think>name>',
    [],
  ],
  ['a function in code', '`<function=a></function>`', '`<function=a></function>`', []],
  [
    'what is no parameter',
    `${open}so</parameter></function></tool_call>.`,
    `${open}so</parameter></function></tool_call>.`,
    [],
  ],
  [
    'a number whose tag is closed twice',
    `${open}<parameter=n>\n1\n</parameter>\n</parameter>\n${close}`,
    `${open}<parameter=n>\n1\n</parameter>\n</parameter>\n${close}`,
    [],
  ],
  ['JSON', '<tool_call>{"name": "a"}</tool_call>', '<tool_call>{"name": "a"}</tool_call>', []],
])('in XML: %s, however it is cut', (_what, reply, text, calls, reasoning = '') => {
  expectForEverySplit(reply, (pushes) => joinParts(xmlCallSplitter(), pushes), {
    reasoning,
    text,
    calls,
  })
})

it('line breaks at the ends of a value stay where the syntax has none', () => {
  const reply = `${open}<parameter=s>\n2\n\n</parameter>\n<parameter=n>\n1\n</parameter>\n${close}`
  const calls = [call(1, 'a', { s: '\n2\n\n', n: 1 })]
  expectForEverySplit(reply, (pushes) => joinParts(tightXmlCallSplitter(), pushes), {
    reasoning: '',
    text: '',
    calls,
  })
})

it('a call of a list is emitted as soon as it is whole', () => {
  const machine = listedCallSplitter()
  expect([...machine.push('<TOOLCALL>[{"name": "a"}')]).toEqual([call(1, 'a')])
  expect([...machine.push(', {"name": "b"')]).toEqual([])
  expect([...machine.push('}')]).toEqual([call(2, 'b')])
})

it('brackets of a call that the limit cut are not closed: it may have meant more', () => {
  const machine = listedCallSplitter()
  const parts = [
    ...machine.push('<TOOLCALL>[{"name": "a", "arguments": {"b": 1'),
    ...machine.end(true),
  ]
  expect(parts).toEqual([{ type: 'text', text: '<TOOLCALL>[{"name": "a", "arguments": {"b": 1' }])
})
