import { expect, it } from 'vitest'
import { expectForEverySplit, joinParts } from '../../../core/test/text/every-split.ts'
import { splitMarkedThought, writeThoughts } from '../../src/chat/thought-markers.ts'

it.each([
  ['<think>so</think>\n\nyes', 'so', 'yes'],
  ['\n[THINK]so[/THINK]yes', 'so', 'yes'],
  ['<seed:think>so</seed:think>yes', 'so', 'yes'],
  ['<|channel>thought\nso<channel|>yes', 'so', 'yes'],
  ['◁think▷so◁/think▷yes', 'so', 'yes'],
  ['[THINK]so', 'so', ''],
  ['[THI', '', '[THI'],
  ['[1, 2] <think>no</think>', '', '[1, 2] <think>no</think>'],
  // Markers that a prompt may ask for are a part of the answer.
  ['<thinking>so</thinking>yes', '', '<thinking>so</thinking>yes'],
])('%j is split the same, however it is cut', (whole, reasoning, text) => {
  const read = (pushes: readonly string[]) => joinParts(splitMarkedThought(false), pushes)
  expectForEverySplit(whole, read, { reasoning, text, calls: [] })
})

it.each([
  ['[THINK]so[/THINK]yes', ['[THINK]']],
  ['◁think▷so', ['◁think▷']],
  ['yes <think>', []],
])('the markers of %j are reported', (whole, opens) => {
  const foundOpens: string[] = []
  const splitter = splitMarkedThought(false, ({ open }) => void foundOpens.push(open))
  for (const character of whole) splitter.push(character)
  expect(foundOpens).toEqual(opens)
})

it('writes a thought before the text of its reply, and nothing else', () => {
  expect(
    writeThoughts(
      [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'yes', reasoning: 'so' },
        { role: 'assistant', content: 'no' },
      ],
      { open: '<think>', close: '</think>' },
    ),
  ).toEqual([
    { role: 'user', content: 'a' },
    { role: 'assistant', content: '<think>\nso\n</think>\n\nyes' },
    { role: 'assistant', content: 'no' },
  ])
})
