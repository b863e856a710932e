import { splitReasoning } from '@nano/core/driver'
import { expect, it } from 'vitest'
import { expectForEverySplit, joinParts } from '../../../core/test/text/every-split.ts'
import { unwrapAnswer } from '../../src/reply/unwrap-answer.ts'

const machine = (startsOpen = false) =>
  unwrapAnswer(splitReasoning({ open: '<think>', close: '</think>' }), {
    open: '<response>',
    close: '</response>',
    startsOpen,
  })

it.each<[what: string, reply: string, reasoning: string, text: string]>([
  ['both wrapped', '<think>so</think>\n<response>ok</response>', 'so', 'ok'],
  ['white space inside', '<think>so</think>\n<response>\nok \n</response>\n', 'so', 'ok'],
  ['a missing end', '<response>ok', '', 'ok'],
  ['no wrapper', '<think>so</think>a <response> b</response>', 'so', 'a <response> b</response>'],
  ['an end in the middle', '<response>a </response> b</response>', '', 'a </response> b'],
  ['nearly a wrapper', '<resp', '', '<resp'],
  ['nearly an end', '<response>a </resp', '', 'a </resp'],
])('%s, however it is cut', (_what, reply, reasoning, text) => {
  expectForEverySplit(reply, (pushes) => joinParts(machine(), pushes), {
    reasoning,
    text,
    calls: [],
  })
})

it('goes on inside of the wrapper', () =>
  expect(joinParts(machine(true), ['k </response>'])).toEqual({
    reasoning: '',
    text: 'k',
    calls: [],
  }))
it('half an end is dropped where the reply was cut', () => {
  const unwrap = machine()
  expect([...unwrap.push('<response>ok</resp'), ...unwrap.end(true)]).toEqual([
    { type: 'text', text: 'ok' },
  ])
})
