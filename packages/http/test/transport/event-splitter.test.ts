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
])('%j, however it is cut', (text, expected) => {
  const compact = (texts: readonly string[]) =>
    texts.map((part) => part.replace(/\n+/g, '\n').trim())
  expectForEverySplit(text, (pushes) => compact(run(pushes)), compact(expected))
})
