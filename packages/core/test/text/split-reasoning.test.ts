import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitReasoning } from '../../src/text/split-reasoning.ts'
import { scaleCount } from '../../../../test/shared/long-run.ts'
import { expectForEverySplit, joinParts } from './every-split.ts'

const think = { open: '<think>', close: '</think>' }
const split = (pushes: readonly string[], startsOpen = false) => {
  const { reasoning, text } = joinParts(splitReasoning({ ...think, startsOpen }), pushes)
  return [reasoning, text]
}

describe('however it is cut', () => {
  it.each<[title: string, reply: string, reasoning: string, text: string]>([
    ['a plain answer is text', 'plain', '', 'plain'],
    ['an answer keeps its own white space', '\n  indented\n', '', '\n  indented\n'],
    ['a thought is separated from the answer', '<think>a</think>b', 'a', 'b'],
    ['white space around markers is dropped', ' \n<think>\n a b \n</think>\n\n c ', 'a b', 'c '],
    ['white space inside a thought is kept', '<think>a\n\n b</think>c', 'a\n\n b', 'c'],
    ['an empty block is nothing', '<think>\n\n</think>\n\nz', '', 'z'],
    ['an unclosed block stays a thought', '<think>cut short ', 'cut short ', ''],
    ['half a closer at the end is part of the thought', '<think>cut </thi', 'cut </thi', ''],
    ['half an opener at the end is text', 'answer: <th', '', 'answer: <th'],
    ['a closer that nothing opened is text', 'a</think>b', '', 'a</think>b'],
    ['such a closer at the start is text too', '</think>\n\nb', '', '</think>\n\nb'],
    ['an opener inside a thought is part of it', '<think>a<think>b</think>c', 'a<think>b', 'c'],
    [
      'a line that talks about the markers stays as it is',
      '<think>a</think>BEGIN <think> AFTER </think> END',
      'a',
      'BEGIN <think> AFTER </think> END',
    ],
    ['so does one without a thought', 'BEGIN <think> AFTER END', '', 'BEGIN <think> AFTER END'],
    [
      'two thoughts in a row are joined by a blank line',
      '<think>a</think>\n<think> b</think> c',
      'a\n\nb',
      'c',
    ],
    ['a fence inside a thought does not hide the closer', '<think>```\n</think>b', '```', 'b'],
  ])('%s', (_why, reply, reasoning, text) => {
    expectForEverySplit(reply, (pushes) => split(pushes), [reasoning, text])
  })

  it.each<[title: string, reply: string, reasoning: string, text: string]>([
    ['the reply begins inside the thought', '\na</think>\n\nb', 'a', 'b'],
    ['an opener written again is dropped', '<think>\na</think>b', 'a', 'b'],
    ['half an opener is part of the thought', '<th</think>b', '<th', 'b'],
    ['a thought closed at once is nothing', '\n</think>\n\nb', '', 'b'],
  ])('when the prompt wrote the opener, %s', (_why, reply, reasoning, text) => {
    expectForEverySplit(reply, (pushes) => split(pushes, true), [reasoning, text])
  })
})

const piece = fc.constantFrom(
  '<think>',
  '</think>',
  '<th',
  'ink>',
  '</',
  '`',
  '```',
  '~~~',
  '\n',
  ' ',
  'a',
  'be',
  '<',
)
const reply = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''))

it('gives the same for any text, cut anywhere', () => {
  fc.assert(
    fc.property(
      reply,
      fc.array(fc.nat(60), { maxLength: 8 }),
      fc.boolean(),
      (text, cuts, startsOpen) => {
        const at = [
          0,
          ...cuts.map((place) => Math.min(place, text.length)).toSorted((a, b) => a - b),
          text.length,
        ]
        const pushes = at.slice(1).map((end, index) => text.slice(at[index], end))
        expect(split(pushes, startsOpen)).toEqual(split([text], startsOpen))
      },
    ),
    { numRuns: scaleCount(3_000) },
  )
})

it('loses nothing but markers and white space', () => {
  // Without pieces that only together read like a marker.
  const anyText = fc
    .array(fc.constantFrom('<think>', '</think>', '`', '```', '\n', ' ', 'a', 'be', '.'), {
      maxLength: 14,
    })
    .map((pieces) => pieces.join(''))
  const letters = (text: string) => text.replaceAll(/<\/?think>|\s/g, '')
  fc.assert(
    fc.property(anyText, (text) => {
      const [reasoning, answer] = split([text]) as [string, string]
      expect([...letters(reasoning + answer)].toSorted()).toEqual([...letters(text)].toSorted())
    }),
  )
})

it('keeps all text from the first that is no thought', () => {
  fc.assert(
    fc.property(reply, (text) => {
      expect(split([`a${text}`])).toEqual(['', `a${text}`])
      expect(split([`<think>b</think>a${text}`])).toEqual(['b', `a${text}`])
    }),
  )
})

it('lets a thought start again where it is told to', () => {
  const machine = splitReasoning(think)
  const push = (text: string) => [...machine.push(text)]
  expect(push('a <think>b</think>')).toEqual([{ type: 'text', text: 'a <think>b</think>' }])
  machine.expectThought?.()
  expect(push('\n<think>c</think>d')).toEqual([
    { type: 'reasoning', text: 'c' },
    { type: 'text', text: 'd' },
  ])
})

it('knows whether it is inside, and what it holds back', () => {
  const machine = splitReasoning(think)
  const state = (push: string) => {
    for (const _ of machine.push(push));
    return [machine.thinking, machine.pending]
  }
  expect(state('<th')).toEqual([false, '<th'])
  expect(state('ink>')).toEqual([true, ''])
  expect(state('a</thi')).toEqual([true, '</thi'])
  expect(state('nk>b')).toEqual([false, ''])
})

describe('a reply that was cut', () => {
  const readCutReply = (pushes: readonly string[], startsOpen: boolean | 'begun' = false) => {
    const machine = splitReasoning({ ...think, startsOpen })
    const parts = [...pushes.flatMap((push) => [...machine.push(push)]), ...machine.end(true)]
    const joinTexts = (type: string) =>
      parts.map((part) => (part.type === type && 'text' in part ? part.text : '')).join('')
    return [joinTexts('reasoning'), joinTexts('text')]
  }
  it.each<[title: string, reply: string, reasoning: string, text: string]>([
    ['half an opener at the start is dropped', ' <thi', '', ''],
    ['half a closer is dropped, and the white space before it kept', '<think>a\n</thi', 'a\n', ''],
    ['what looks like half a marker in the answer is text', 'a <th', '', 'a <th'],
    ['half an opener after a thought is dropped', '<think>a</think>\n<', 'a', ''],
  ])('%s', (_why, reply, reasoning, text) => {
    expectForEverySplit(reply, (pushes) => readCutReply(pushes), [reasoning, text])
  })
})

it('goes on with a thought that was begun, its white space included', () => {
  const { reasoning, text } = joinParts(splitReasoning({ ...think, startsOpen: 'begun' }), [
    '\n2',
    '+7\n</think>\n\nok',
  ])
  expect([reasoning, text]).toEqual(['\n2+7', 'ok'])
})
