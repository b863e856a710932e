import { expect, it } from 'vitest'
import { everySplit } from '../../../core/test/text/every-split.ts'
import { answerFence } from '../../src/chat/answer-fence.ts'

it.each([
  ['```json\n{"a":1}\n```\n', '{"a":1}'],
  ['\n```\r\n{}\r\n```', '{}'],
  ['``` \n[]', '[]'],
  ['{"a":"```"}', '{"a":"```"}'],
  ['```json\n{"a":"```"}\n```', '{"a":"```"}'],
  ['``', '``'],
  [' 1 ', ' 1 '],
])('%j is the answer %j, however it is cut', (text, answer) => {
  for (const pushes of everySplit(text)) {
    const fence = answerFence()
    expect(pushes.map((part) => fence.push(part)).join('') + fence.end()).toBe(answer)
  }
})
