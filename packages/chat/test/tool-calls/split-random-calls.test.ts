import { splitReasoning } from '@nano/core/driver'
import { expect, it } from 'vitest'
import { expectRead, joinParts } from '../../../core/test/text/every-split.ts'
import { randomCuts } from '../support/random-cuts.ts'
import { nvidiaCalls } from '../../src/tool-calls/family-calls.ts'
import { listedCallSplitter, xmlCallSplitter, tools } from './tagged-call-splitters.ts'

const open = '<tool_call>\n<function=a>\n'
const close = '</function>\n</tool_call>'
const fragments = {
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

const openThoughtSplitter = () =>
  nvidiaCalls.splitToolCalls(
    splitReasoning({ open: '<think>', close: '</think>', startsOpen: true }),
    {
      earlierIds: [],
      tools,
    },
  )

it.each([
  ['listed', listedCallSplitter],
  ['listed', openThoughtSplitter],
  ['functions', xmlCallSplitter],
] as const)('any text gives the same however it is cut: %s', (kind, machine) => {
  for (const { text, pushes } of randomCuts({
    words: [...fragments[kind], ...fragments[kind], ...common],
    seed: 29,
  })) {
    const readPushes = (cutText: readonly string[]) => joinParts(machine(), cutText)
    const expected = readPushes([text])
    for (const cutText of [[...text], pushes]) expectRead(readPushes, cutText, expected)
  }
})

it.each<[string, () => ReturnType<typeof listedCallSplitter>, (text: string) => string]>([
  [
    'JSON',
    listedCallSplitter,
    (text) => `<TOOLCALL>[{"name":"a","arguments":{"s":"${text}"}}]</TOOLCALL>`,
  ],
  ['XML', xmlCallSplitter, (text) => `${open}<parameter=s>\n${text}\n</parameter>\n${close}`],
])(
  'a long call in %s is read once, in time that grows with its length',
  (_syntax, machine, reply) => {
    /** Microseconds of the processor, which a busy machine hardly changes. */
    const measureWork = (length: number) => {
      const pieces = reply('xy< '.repeat(length / 4)).match(/[^]{1,4}/g) ?? []
      const start = process.cpuUsage()
      expect(joinParts(machine(), pieces).calls).toHaveLength(1)
      const { user, system } = process.cpuUsage(start)
      return user + system
    }
    // In turns, so that a collection of garbage meets both; the least of several counts.
    const pairs = Array.from({ length: 8 }, () => [measureWork(16_384), measureWork(131_072)])
    const leastWork = (index: 0 | 1) => Math.min(...pairs.map((pair) => pair[index] ?? Infinity))
    // Eight times the text: about eight times the work, where scanning from the start takes 64
    // times.
    expect(leastWork(1) / leastWork(0)).toBeLessThan(24)
  },
)
