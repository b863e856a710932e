import { it } from 'vitest'
import { expectForEverySplit } from '../../../core/test/text/every-split.ts'
import { eventSplitter } from '../../src/transport/event-splitter.ts'

function run(pushes: readonly string[]): readonly string[] {
  const splitter = eventSplitter({ maxValueLength: 100, toError: () => new Error('too long') })
  return [...pushes.flatMap((text) => splitter.push(text)), ...splitter.end()]
}

it.each<[text: string, expected: readonly string[]]>([
  ['data: 1\n\n{"a":2}\ndata: 3\n\n', ['1', '{"a":2}', '3']],
  ['data: 1\r\n\r\n{\r\n"a":2\r\n}\r\n', ['1', '{\n\n"a":2\n\n}']],
  ['[{"a":1}]', ['[{"a":1}]']],
  ['{oops\ndata: 3\n\n', ['3']],
  ['{oops', ['{oops']],
  ['event: error\ndata: no\n\n', ['{"error":"no"}']],
  ['event: error\r\ndata: no\r\n\r\n', ['{"error":"no"}']],
  ['data: 1\n\nerror: {"code":5}\n\n', ['1', '{"error":{"code":5}}']],
  ['error: no\n\ndata: 3\n\n', ['{"error":"no"}', '3']],
  ['data: {"a":1}\ndata: {"b":2}\ndata: [DONE]\n\n', ['{"a":1}', '{"b":2}', '[DONE]']],
  ['data: {\ndata: "a":1}\n\n', ['{\n"a":1}']],
  ['else\nevent: a\ndata: 3\n\n', ['3']],
])('%j, however it is cut', (text, expected) => {
  const compact = (texts: readonly string[]) =>
    texts.map((part) => part.replace(/\n+/g, '\n').trim())
  expectForEverySplit(text, (pushes) => compact(run(pushes)), compact(expected))
})
