import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitReasoning } from '../../src/text/split-reasoning.ts'
import { scaleCount } from '../../../../test/shared/long-run.ts'
import { everySplit, joined } from './every-split.ts'

const think = { open: '<think>', close: '</think>' }
const split = (pushes: readonly string[], startsOpen = false) => {
  const { reasoning, text } = joined(splitReasoning({ ...think, startsOpen }), pushes)
  return [reasoning, text]
}

describe('however it is cut', () => {
  it.each<[why: string, reply: string, reasoning: string, text: string]>([
    ['a plain answer is text', 'plain', '', 'plain'],
    ['an answer keeps its own white space', '\n  indented\n', '', '\n  indented\n'],
    ['a thought is separated from the answer', '<think>a</think>b', 'a', 'b'],
    ['white space around markers is dropped', ' \n<think>\n a b \n</think>\n\n c ', 'a b', 'c '],
    ['white space inside a thought is kept', '<think>a\n\n b</think>c', 'a\n\n b', 'c'],
    ['an empty block is nothing', '<think>\n\n</think>\n\nz', '', 'z'],
    ['an unclosed block stays a thought', '<think>cut short ', 'cut short ', ''],
    ['half a closer at the end is part of the thought', '<think>cut </thi', 'cut </thi', ''],
    ['half an opener at the end is text', 'answer: <th', '', 'answer: <th'],
    ['an orphan closer is dropped and its text kept', 'a</think>b', '', 'ab'],
    ['an orphan closer at the start is dropped', '</think>\n\nb', '', 'b'],
    ['an opener inside a thought is part of it', '<think>a<think>b</think>c', 'a<think>b', 'c'],
    ['what only looks like a marker is text', 'a < b <<think>x</think>y', 'x', 'a < b <y'],
    [
      'a second thought is joined by a blank line',
      '<think>a</think>b <think> c</think> d',
      'a\n\nc',
      'b d',
    ],
    [
      'two thoughts in a row are both thoughts',
      '<think>a</think>\n<think>b</think>c',
      'a\n\nb',
      'c',
    ],
    [
      'markers in a fence are text',
      'see\n```xml\n<think>x</think>\n```\n<think>y</think>z',
      'y',
      'see\n```xml\n<think>x</think>\n```\nz',
    ],
    [
      'markers in a fence of tildes are text',
      '~~~~\n<think>\n~~~\n</think>\n~~~~\nb',
      '',
      '~~~~\n<think>\n~~~\n</think>\n~~~~\nb',
    ],
    [
      'markers in inline code are text',
      'the `<think>` tag, ``a ` </think>``',
      '',
      'the `<think>` tag, ``a ` </think>``',
    ],
    ['a stray backtick hides nothing after its line', 'it`s\n<think>a</think>b', 'a', 'it`s\nb'],
    ['a fence inside a thought does not hide the closer', '<think>```\n</think>b', '```', 'b'],
  ])('%s', (_why, reply, reasoning, text) => {
    for (const pushes of everySplit(reply))
      expect(split(pushes), JSON.stringify(pushes)).toEqual([reasoning, text])
  })

  it.each<[why: string, reply: string, reasoning: string, text: string]>([
    ['the reply begins inside the thought', '\na</think>\n\nb', 'a', 'b'],
    ['an opener written again is dropped', '<think>\na</think>b', 'a', 'b'],
    ['half an opener is part of the thought', '<th</think>b', '<th', 'b'],
    ['a thought closed at once is nothing', '\n</think>\n\nb', '', 'b'],
  ])('when the prompt wrote the opener, %s', (_why, reply, reasoning, text) => {
    for (const pushes of everySplit(reply))
      expect(split(pushes, true), JSON.stringify(pushes)).toEqual([reasoning, text])
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
          ...cuts.map((cut) => Math.min(cut, text.length)).toSorted((a, b) => a - b),
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
  const whole = fc
    .array(fc.constantFrom('<think>', '</think>', '`', '```', '\n', ' ', 'a', 'be', '.'), {
      maxLength: 14,
    })
    .map((pieces) => pieces.join(''))
  const letters = (text: string) => text.replaceAll(/<\/?think>|\s/g, '')
  fc.assert(
    fc.property(whole, (text) => {
      const [reasoning, answer] = split([text]) as [string, string]
      expect([...letters(reasoning + answer)].toSorted()).toEqual([...letters(text)].toSorted())
    }),
  )
})

it('never shows a marker outside code', () => {
  fc.assert(
    fc.property(
      reply.filter((text) => !/[`~]/.test(text)),
      (text) => {
        const [, answer] = split([text])
        // Pieces that were apart may read like a marker once one between them is dropped.
        if (!/<(\/?think>)?\/?(<\/?think>)+|(<\/?think>)+\S*ink>/.test(text))
          expect(answer).not.toMatch(/<\/?think>/)
      },
    ),
  )
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
  const cut = (pushes: readonly string[], startsOpen: boolean | 'begun' = false) => {
    const machine = splitReasoning({ ...think, startsOpen })
    const parts = [...pushes.flatMap((push) => [...machine.push(push)]), ...machine.end(true)]
    const all = (type: string) =>
      parts.map((part) => (part.type === type && 'text' in part ? part.text : '')).join('')
    return [all('reasoning'), all('text')]
  }
  it.each<[why: string, reply: string, reasoning: string, text: string]>([
    ['half an opener at the start is dropped', ' <thi', '', ''],
    ['half a closer is dropped, and the white space before it kept', '<think>a\n</thi', 'a\n', ''],
    ['what looks like half a marker in the answer is text', 'a <th', '', 'a <th'],
    ['half an opener after a thought is dropped', '<think>a</think>\n<', 'a', ''],
  ])('%s', (_why, reply, reasoning, text) => {
    for (const pushes of everySplit(reply))
      expect(cut(pushes), JSON.stringify(pushes)).toEqual([reasoning, text])
  })
})

it('goes on with a thought that was begun, its white space included', () => {
  const { reasoning, text } = joined(splitReasoning({ ...think, startsOpen: 'begun' }), [
    '\n2',
    '+7\n</think>\n\nok',
  ])
  expect([reasoning, text]).toEqual(['\n2+7', 'ok'])
})
