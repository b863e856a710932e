import { it } from 'vitest'
import { expectForEverySplit } from '../../../core/test/text/every-split.ts'
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
  const readPushes = (pushes: readonly string[]) => {
    const fence = answerFence()
    return pushes.map((part) => fence.push(part)).join('') + fence.end()
  }
  expectForEverySplit(text, readPushes, answer)
})
