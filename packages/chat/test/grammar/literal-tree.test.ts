import { runSteps } from '@nano/core/driver'
import { expect, it } from 'vitest'
import { list } from '../../../../test/shared/hostile-schemas/index.ts'
import { grammarBuilder } from '../../src/grammar/grammar-builder.ts'
import { literalTree } from '../../src/grammar/literal-tree.ts'
import { languageOf } from '../support/gbnf.ts'

const languageOfTree = (texts: readonly string[], bodyAfter?: (text: string) => string) =>
  languageOf(function* (grammar) {
    const tree = yield* literalTree(grammar, {
      texts: new Set(texts),
      ...(bodyAfter && { bodyAfter }),
    })
    return grammar.shareRule('tree', tree ?? '""')
  })

it.each<[what: string, texts: readonly string[], others: readonly string[]]>([
  ['texts that begin alike', ['can', 'cat', 'car', 'c'], ['ca', '', 'cart']],
  [
    'texts that end alike',
    ['walking', 'talking', 'walked', 'talked'],
    ['walkin', 'alking', 'walks'],
  ],
  ['texts that are others with more', ['1', '12', '123'], ['', '2', '1234']],
  ['marks of grammars', ['"a]', '"a[', '-', '^', '\\', '\\n', '|', '{1}'], ['"a', 'n', '']],
  ['characters beyond the first plane', ['😀a', '😁a', '😀b'], ['😀', '\ud83d', 'a']],
  ['one text', ['only'], ['', 'onl']],
])('a tree of %s says them and nothing else', (_what, texts, others) => {
  const isAllowed = languageOfTree(texts)
  expect([texts.map(isAllowed), others.map(isAllowed)]).toEqual([
    texts.map(() => true),
    others.map(() => false),
  ])
})

it('what follows a text depends on the text', () => {
  const isAllowed = languageOfTree(['ab', 'cb'], (text) => `":${text}"`)
  expect(['ab:ab', 'cb:cb', 'ab:cb', 'ab'].map(isAllowed)).toEqual([true, true, false, false])
})

it('what follows a text that others go on from depends on the text', () => {
  const others = list(20).map((index) => `c${index}`)
  const bodyAfter = (text: string) => `"${text.length === 1 ? text : '.'}"`
  const isAllowed = languageOfTree(['a', 'ax', 'b', 'bx', ...others], bodyAfter)
  expect(['aa', 'bb', 'ax.', 'ab', 'ba'].map(isAllowed)).toEqual([true, true, true, false, false])
})

it('a hundred thousand numbers are some hundred characters of grammar', () => {
  const grammar = grammarBuilder()
  const texts = new Set(list(100_000).map(String))
  const tree = runSteps(literalTree(grammar, { texts })) ?? ''
  const text = runSteps(grammar.toGbnf(grammar.shareRule('tree', tree)))
  expect(text.length).toBeLessThan(500)
  const isAllowed = languageOfTree([...texts])
  expect(['0', '7', '10', '99999', '100000', '01', ''].map(isAllowed)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ])
})

it.each<[what: string, toText: (index: number) => string]>([
  ['little in common', (index) => ((index * 48_271) % 999_983).toString(2)],
  ['no first character in common', (index) => String.fromCodePoint(0x10000 + index)],
])('150,000 texts with %s have no tree', (_what, toText) => {
  const texts = new Set(list(150_000).map(toText))
  expect(runSteps(literalTree(grammarBuilder(), { texts }))).toBeUndefined()
})
