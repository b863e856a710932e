import { splitReasoning } from '@nano/core/driver'
import { expect, it } from 'vitest'
import { joined } from '../../../core/test/text/every-split.ts'
import { randomCuts } from '../support/random-cuts.ts'
import { nvidiaCalls } from '../../src/tool-calls/family-calls.ts'
import { listed, functions, tools } from './tagged-call-splitters.ts'

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

const opened = () =>
  nvidiaCalls.splitToolCalls(
    splitReasoning({ open: '<think>', close: '</think>', startsOpen: true }),
    {
      earlierIds: [],
      tools,
    },
  )

it.each([
  ['listed', listed],
  ['listed', opened],
  ['functions', functions],
] as const)('any text gives the same however it is cut: %s', (kind, machine) => {
  for (const { text, pushes } of randomCuts({
    words: [...fragments[kind], ...fragments[kind], ...common],
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
    // In turns, so that a busy moment of the machine meets both; the fastest of many counts.
    const times = Array.from({ length: 16 }, () => [milliseconds(32_768), milliseconds(262_144)])
    const fastest = (index: 0 | 1) => Math.min(...times.map((pair) => pair[index] ?? Infinity))
    // Eight times the text: about eight times the time, where scanning from the start takes 64
    // times.
    expect(fastest(1) / fastest(0)).toBeLessThan(24)
  },
)
