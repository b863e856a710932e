import type { Tool } from '@nano/core'
import { it } from 'vitest'
import { expectForEverySplit, joinParts } from '../../../core/test/text/every-split.ts'
import { passThroughSplitter } from '../../src/reply/pass-through-splitter.ts'
import { splitDescribedCalls } from '../../src/tool-calls/split-described-calls.ts'
import { call, pythonCalls } from './tagged-call-splitters.ts'

const properties = { text: { type: 'string' }, other: { type: 'string' } }
const tools = [{ name: 'f', parameters: { type: 'object', properties } }]

/** Reads pieces of a reply with the quote of raw texts, if the syntax has one. */
function reader(rawQuote: string | undefined, tools: readonly Tool[]) {
  const body = { type: 'python', ...(rawQuote !== undefined && { rawQuote }) } as const
  const description = { ...pythonCalls, body }
  const options = { earlierIds: [], tools }
  return (pushes: readonly string[]) =>
    joinParts(splitDescribedCalls(passThroughSplitter, description, options), pushes)
}

function expectInput(rawQuote: string | undefined, written: string, input: object): void {
  expectForEverySplit(`<|calls|>[f(${written})]<|/calls|>`, reader(rawQuote, tools), {
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

it('a comma may stand behind the last argument', () => {
  expectForEverySplit(
    '<|calls|>[f(text="x",), f(\n  other="y",\n)]<|/calls|>',
    reader(undefined, tools),
    { reasoning: '', text: '', calls: [call(1, 'f', { text: 'x' }), call(2, 'f', { other: 'y' })] },
  )
})

it.each(['text="x" + "y"', 'text="x",  # note\n other="y"', 'text="x".strip()'])(
  'code is no call: %s',
  (code) => {
    const text = `<|calls|>[f(${code})]<|/calls|>`
    expectForEverySplit(text, reader(undefined, tools), { reasoning: '', text, calls: [] })
  },
)

it('a raw text ends before any key where the tool takes others', () => {
  const parameters = { type: 'object', properties, additionalProperties: true }
  expectForEverySplit(
    '<|calls|>[f(text="x", extra="y")]<|/calls|>',
    reader('"', [{ name: 'f', parameters }]),
    { reasoning: '', text: '', calls: [call(1, 'f', { text: 'x', extra: 'y' })] },
  )
})
