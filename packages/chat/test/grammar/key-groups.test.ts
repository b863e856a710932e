import { expect, it } from 'vitest'
import { openObjects } from '../../../core/src/schema/open-objects.ts'
import { grammarBuilder } from '../../src/grammar/grammar-builder.ts'
import { keyGroups } from '../../src/grammar/key-groups.ts'
import { schemaRule } from '../../src/grammar/schema-rule.ts'
import { chances } from '../support/chances.ts'
import { languageOf } from '../support/gbnf.ts'

const integer = { type: 'integer' }
const string = { type: 'string' }

it('each key is in the group of the patterns that it has, unless it is one of the names', () => {
  const chance = chances(11)
  const parts = ['a', 'b', '^a', 'b$', '^$', '[^a]', 'a|b', '(ab)+', 'a{2}', 'a{0,2}b', '\\n', '.']
  const drawText = (length: number, from: readonly string[]) =>
    Array.from({ length: chance.integer(1, length) }, () => chance.one(from)).join('')
  for (let round = 0; round < 60; round++) {
    const drawnSources = Array.from({ length: chance.integer(1, 3) }, () => drawText(3, parts))
    const sources = [...new Set(drawnSources)]
    const names = ['', 'ab', '🙂"'].slice(0, chance.integer(0, 3))
    const groups = keyGroups(grammarBuilder(), sources, names) ?? []
    const languages = groups.map(({ matching }) =>
      languageOf(
        (grammar) =>
          keyGroups(grammar, sources, names)?.find(
            (group) => group.matching.join() === matching.join(),
          )?.body ?? '',
      ),
    )
    for (const key of [
      '',
      'ab',
      '🙂"',
      ...Array.from({ length: 40 }, () => drawText(5, [...'ab\nß"'])),
    ]) {
      const matching = sources.flatMap((source) =>
        new RegExp(source, 'u').test(key) ? [source] : [],
      )
      const keyGroupsOfKey = groups.filter((_, index) => languages[index]?.(JSON.stringify(key)))
      const expected = names.includes(key) ? [] : [matching]
      expect(
        keyGroupsOfKey.map((group) => group.matching),
        JSON.stringify([key, sources]),
      ).toEqual(expected)
    }
  }
})

it.each([
  ['looks ahead', '^(?!a)'],
  ['has more states than are told apart', '^.*a.{9}$'],
  ['has more steps than are told apart', '^((a{1,99}){1,99}){1,99}$'],
  ['has properties of characters', '^\\p{L}$'],
])('keys are not told apart by a pattern that %s', (_what, source) => {
  expect(keyGroups(grammarBuilder(), [source], [])).toBeUndefined()
})

it.each<[what: string, schema: object, valid: readonly unknown[], invalid: readonly unknown[]]>([
  [
    'a pattern beside other names',
    { type: 'object', patternProperties: { '^x-': string }, additionalProperties: integer },
    [
      { 'x-a': 'b', x: 1 },
      { ax: 2, 'x-': '' },
    ],
    [{ 'x-a': 1 }, { x: 'b' }],
  ],
  [
    'patterns that overlap',
    { type: 'object', patternProperties: { 'a*': integer, 'aaa*': { maximum: 20 } } },
    [{ b: 21 }, { aaa: 20 }],
    [{ aaa: 21 }, { b: 'x' }, { b: 1, aa: 31 }],
  ],
  [
    'a pattern that excludes names',
    { type: 'object', properties: { foo: {} }, patternProperties: { 'f.*': true, 'b.*': false } },
    [{ foo: 1, xf: 2 }, { x: 1 }],
    [{ bar: 1 }, { fb: 1 }, { foo: 1, b: 2 }],
  ],
  [
    'a pattern of every name',
    { type: 'object', patternProperties: { '.*': integer } },
    [{ a: 1, '': 2, '\n': 3 }],
    [{ a: 'b' }],
  ],
])('open objects are held to %s', (_what, schema, valid, invalid) => {
  const isAllowed = languageOf((grammar) => schemaRule(grammar, openObjects({ ...schema })))
  for (const value of valid)
    expect(isAllowed(JSON.stringify(value)), JSON.stringify(value)).toBe(true)
  for (const value of invalid)
    expect(isAllowed(JSON.stringify(value)), JSON.stringify(value)).toBe(false)
})
