import { expect, it } from 'vitest'
import { expectForEverySplit, expectRead, joinParts } from '../../../core/test/text/every-split.ts'
import { splitHarmony } from '../../src/reply/split-harmony.ts'
import { randomCuts } from '../support/random-cuts.ts'

const tools = ['a', 'b'].map((name) => ({ name, parameters: {} }))

const analysis = '<|channel|>analysis<|message|>'
const final = '<|start|>assistant<|channel|>final<|message|>'

const call = (name: string, input: object, id = 'call_1') => ({
  type: 'tool-call',
  id,
  name,
  input,
})
const writeCall = (name: string, body: string) =>
  `<|channel|>commentary to=functions.${name} <|constrain|>json<|message|>${body}`

it.each<
  [
    what: string,
    reply: string,
    reasoning: string,
    text: string,
    continuedType?: 'reasoning' | 'text',
  ]
>([
  ['a thought and an answer', `${analysis}so<|end|>${final}ok`, 'so', 'ok'],
  [
    'two thoughts',
    `${analysis}a<|end|><|start|>assistant${analysis}b<|end|>${final}ok`,
    'a\n\nb',
    'ok',
  ],
  ['a preamble', `<|channel|>commentary<|message|>wait<|end|>${final}ok`, '', 'wait\n\nok'],
  ['a thought that is not closed', `${analysis}so`, 'so', ''],
  ['a thought that goes on', `so<|end|>${final}ok`, 'so', 'ok', 'reasoning'],
  ['an answer that goes on', 'ok', '', 'ok', 'text'],
  ['no header', 'ok <|x|>', '', 'ok <|x|>'],
  ['a missing end', `${analysis}so${final}ok`, 'so', 'ok'],
  ['what only looks like the end of a header', 'Sure. <|message|>x', '', 'Sure. <|message|>x'],
  [
    'a call where no tools are offered',
    `${final}ok<|end|><|start|>assistant${writeCall('a', '{"b": 1}')}<|call|>`,
    '',
    'ok\n\n{"b": 1}',
  ],
])('%s, however it is cut', (_what, reply, reasoning, text, continuedType) => {
  expectForEverySplit(reply, (pushes) => joinParts(splitHarmony({ continuedType }), pushes), {
    reasoning,
    text,
    calls: [],
  })
})

it.each<[what: string, reply: string, text: string, calls: object[]]>([
  ['a call', writeCall('a', '{"b": 1}'), '', [call('a', { b: 1 })]],
  [
    'a call with its end',
    ' to=functions.a<|channel|>commentary json<|message|>{}<|call|>',
    '',
    [call('a', {})],
  ],
  ['an empty call', writeCall('a', ''), '', [call('a', {})]],
  [
    'two calls, with ids that are not taken',
    `${writeCall('a', '{}')}<|call|><|start|>assistant${writeCall('b', '{"c": "</tool_call>"}')}`,
    '',
    [call('a', {}), call('b', { c: '</tool_call>' }, 'call_3')],
  ],
  [
    'a preamble and a call',
    `<|channel|>commentary<|message|>wait<|end|><|start|>assistant${writeCall('a', '{}')}`,
    'wait',
    [call('a', {})],
  ],
  [
    'what is no JSON',
    `<|channel|>commentary<|message|>wait<|end|><|start|>assistant` +
      `${writeCall('a', '{"b": ')}<|call|>`,
    'wait\n\n{"b": ',
    [],
  ],
  ['what is no object', writeCall('a', '12'), '12', []],
])('with tools offered: %s, however it is cut', (_what, reply, text, calls) => {
  expectForEverySplit(
    reply,
    (pushes) => joinParts(splitHarmony({ earlierCallIds: ['call_2'], tools }), pushes),
    { reasoning: '', text, calls },
  )
})

it('a call cut short stays text', () => {
  const splitter = splitHarmony({ earlierCallIds: [], tools })
  expect([...splitter.push(writeCall('a', '{}')), ...splitter.end(true)]).toEqual([
    { type: 'text', text: '{}' },
  ])
})

it('half a header is dropped where the reply was cut', () => {
  const splitter = splitHarmony({})
  expect([...splitter.push(`${analysis}so<|end|><|start|>assis`), ...splitter.end(true)]).toEqual([
    { type: 'reasoning', text: 'so' },
  ])
})

it.each([undefined, 'reasoning', 'text'] as const)(
  'any text gives the same however it is cut, begun with %s',
  (continuedType) => {
    const words = [
      '<|channel|>',
      'analysis',
      'final',
      'commentary',
      '<|message|>',
      '<|end|>',
      '<|start|>',
      'assistant',
      ' to=functions.f',
      'to=',
      '<|call|>',
      '{"n":1}',
      '<|',
      ' ',
      '\n',
      'a',
      '<',
      '🙂',
    ]
    for (const { text, pushes } of randomCuts({ words, seed: 3 })) {
      for (const calls of [undefined, []]) {
        const readPushes = (cutText: readonly string[]) =>
          joinParts(splitHarmony({ continuedType, earlierCallIds: calls, tools }), cutText)
        const expected = readPushes([text])
        for (const cutText of [[...text], pushes]) expectRead(readPushes, cutText, expected)
      }
    }
  },
)
