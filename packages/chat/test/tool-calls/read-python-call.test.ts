import { it } from 'vitest'
import { expectForEverySplit, joinParts } from '../../../core/test/text/every-split.ts'
import { passThroughSplitter } from '../../src/reply/pass-through-splitter.ts'
import { splitDescribedCalls } from '../../src/tool-calls/split-described-calls.ts'
import { call, pythonCalls } from './tagged-call-splitters.ts'

const properties = { text: { type: 'string' }, other: { type: 'string' } }
const tools = [{ name: 'f', parameters: { type: 'object', properties } }]

function expectInput(rawQuote: string | undefined, written: string, input: object): void {
  const body = { type: 'python', ...(rawQuote !== undefined && { rawQuote }) } as const
  const read = (pushes: readonly string[]) => {
    const options = { earlierIds: [], tools }
    const description = { ...pythonCalls, body }
    return joinParts(splitDescribedCalls(passThroughSplitter, description, options), pushes)
  }
  expectForEverySplit(`<|calls|>[f(${written})]<|/calls|>`, read, {
    reasoning: '',
    text: '',
    calls: [call(1, 'f', input)],
  })
}

const inEitherSyntax = ['say "hi" now', 'say "hi"', 'a) "b"']
const inRawTexts = ['a", b="c', 'a") b', 'a"']

it.each([
  ...inEitherSyntax.map((text) => [text, undefined] as const),
  ...[...inEitherSyntax, ...inRawTexts].map((text) => [text, '"'] as const),
])('the text %s between quotes is whole, where the quote of raw texts is %s', (text, rawQuote) => {
  expectInput(rawQuote, `text="${text}"`, { text })
  expectInput(rawQuote, `text="${text}", other="x"`, { text, other: 'x' })
  expectInput(rawQuote, `other="x", text="${text}"`, { other: 'x', text })
})

it.each([
  ['a literal', undefined, 'a\nb\\ "c"'],
  ['a raw text', '"', 'a\\nb\\\\ \\"c\\"'],
])('a backslash in %s is read as it is meant', (_what, rawQuote, text) => {
  expectInput(rawQuote, String.raw`text="a\nb\\ \"c\""`, { text })
})

it('a text in the other quotes is a literal', () => {
  expectInput("'", String.raw`text="a\nb"`, { text: 'a\nb' })
})
