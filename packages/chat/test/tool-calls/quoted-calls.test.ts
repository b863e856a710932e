import { expect, it } from 'vitest'
import { expectForEverySplit, joinParts } from '../../../core/test/text/every-split.ts'
import { call, wordCallSplitter, listedCallSplitter } from './tagged-call-splitters.ts'

it.each<[what: string, reply: string, text: string, calls: object[]]>([
  [
    'a call in a line with text behind it',
    'x <TOOLCALL>[{"name": "a"}]</TOOLCALL> y',
    'x <TOOLCALL>[{"name": "a"}]</TOOLCALL> y',
    [],
  ],
  [
    'calls in a line with text behind them, and one on a line of its own',
    'x <TOOLCALL>[{"name":"a"}]</TOOLCALL><TOOLCALL>[{"name":"b"}] y\n<TOOLCALL>[{"name":"c"}]',
    'x <TOOLCALL>[{"name":"a"}]</TOOLCALL><TOOLCALL>[{"name":"b"}] y\n',
    [call(1, 'c')],
  ],
  [
    'calls behind a text, with which the reply ends',
    'Let me look.<TOOLCALL>[{"name": "a"}]</TOOLCALL>\n<TOOLCALL>[{"name": "b"}]</TOOLCALL>\n',
    'Let me look.',
    [call(1, 'a'), call(2, 'b')],
  ],
  [
    'a call on a line of its own, and text behind it',
    'So:\n  <TOOLCALL>[{"name": "a"}]</TOOLCALL> as you see',
    'So:\n   as you see',
    [call(1, 'a')],
  ],
  [
    'a call behind a text, and a broken one',
    'Look. <TOOLCALL>[{"name": "a"}]</TOOLCALL>\n<TOOLCALL>[{"name": ',
    'Look. <TOOLCALL>[{"name": "a"}]</TOOLCALL>\n<TOOLCALL>[{"name": ',
    [],
  ],
  [
    'a tool that is not on offer',
    '<TOOLCALL>[{"name": "d"}]</TOOLCALL>',
    '<TOOLCALL>[{"name": "d"}]</TOOLCALL>',
    [],
  ],
])('%s, however it is cut', (_what, reply, text, calls) => {
  expectForEverySplit(reply, (pushes) => joinParts(listedCallSplitter(), pushes), {
    reasoning: '',
    text,
    calls,
  })
})

it('a call behind a text is a call where the limit cuts the reply after it', () => {
  const machine = listedCallSplitter()
  const parts = [
    ...machine.push('Look. <TOOLCALL>[{"name": "a"}]</TOOLCALL>'),
    ...machine.end(true),
  ]
  expect(parts).toEqual([{ type: 'text', text: 'Look. ' }, call(1, 'a')])
})

it.each<[what: string, reply: string, text: string, calls: object[]]>([
  [
    'a call on lines of their own',
    'So.\nAction: a\nAction Input: {"n": 1}',
    'So.\n',
    [call(1, 'a', { n: 1 })],
  ],
  [
    'a call in a line with text behind it',
    'It is Action: a\nAction Input: {"n": 1} you see',
    'It is Action: a\nAction Input: {"n": 1} you see',
    [],
  ],
  [
    'a tool that is not on offer',
    'Action: name\nAction Input: {"n": 1}',
    'Action: name\nAction Input: {"n": 1}',
    [],
  ],
])('marks that are words: %s, however it is cut', (_what, reply, text, calls) => {
  expectForEverySplit(reply, (pushes) => joinParts(wordCallSplitter(), pushes), {
    reasoning: '',
    text,
    calls,
  })
})
