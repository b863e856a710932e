import type { Steps } from '@nano/core/driver'
import { expect, it } from 'vitest'
import {
  hostileSchemas,
  list,
  nameOf,
  nest,
  wideObject,
} from '../../../../test/shared/hostile-schemas/index.ts'
import { longestTurn } from '../../../../test/shared/longest-turn.ts'
import { grammarBuilder } from '../../src/grammar/grammar-builder.ts'
import { schemaRule, schemaRuleSteps } from '../../src/grammar/schema-rule.ts'
import { languageOf } from '../support/gbnf.ts'

function* writeGrammar(schema: object): Steps<string> {
  const grammar = grammarBuilder()
  return yield* grammar.toGbnf(yield* schemaRuleSteps(grammar, schema))
}

it.each(hostileSchemas)('%s: translated in time, and in short turns', (_what, buildSchema) => {
  const schema = buildSchema()
  const turn = longestTurn(function* () {
    const startedAt = performance.now()
    const text = yield* writeGrammar(schema)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(text.length).toBeLessThan(600_000)
  })
  expect(turn).toBeLessThan(20)
})

it.each<[what: string, schema: object]>([
  ['parts of parts', nest(1_001, (innerSchema) => ({ minLength: 1, allOf: [innerSchema] }))],
  ['many parts of parts', nest(100_000, (innerSchema) => ({ minLength: 1, allOf: [innerSchema] }))],
  [
    'a chain of references',
    {
      $ref: '#/$defs/0',
      $defs: Object.fromEntries(
        list(5_000).map((index) => [index, { minLength: 1, $ref: `#/$defs/${index + 1}` }]),
      ),
    },
  ],
])('%s that are combined too deep are refused by name', (_what, schema) => {
  expect(() => schemaRule(grammarBuilder(), schema)).toThrow(
    expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('1000') }),
  )
})

it('schemas that are combined 1,000 levels deep are translated', () => {
  const schema = nest(999, (innerSchema) => ({ minLength: 1, allOf: [innerSchema] }))
  expect(schemaRule(grammarBuilder(), schema)).toBeTypeOf('string')
})

it.each<[what: string, schema: object, text: string]>([
  ['5,000 properties', wideObject({}), '{"name17":1,"name4999":[],"name1":null}'],
  ['others too', wideObject({ additionalProperties: true }), '{"name17":1,"b":2,"name1":null}'],
  [
    'required ones',
    wideObject({ required: ['name4000'] }),
    '{"name3":1,"name4000":2,"name4001":3}',
  ],
])('an object with thousands of optional properties has them: %s', (_what, schema, text) => {
  const isAllowed = languageOf((grammar) => schemaRule(grammar, schema))
  expect([
    isAllowed(text),
    isAllowed(text.slice(0, -1)),
    isAllowed(text.replace('name', 'game')),
  ]).toEqual([true, false, 'additionalProperties' in schema])
})

it('an open object in open objects is read in time, with its names in any order', () => {
  const names = list(6).map(nameOf)
  const schema = nest(12, (innerSchema) => ({
    type: 'object',
    properties: Object.fromEntries([...names.map((name) => [name, {}]), ['inner', innerSchema]]),
    additionalProperties: true,
  }))
  let text = '"end"'
  for (let depth = 0; depth < 12; depth++)
    text = `{"name1":{},"name3":1,"inner":${text},"name0":0,"other":[],"name5":{}}`
  const isAllowed = languageOf((grammar) => schemaRule(grammar, schema))
  const startedAt = performance.now()
  expect(isAllowed(text)).toBe(true)
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})

/** They begin with one of two letters, and have little else in common. */
const scatteredTexts = list(100_000).map(
  (index) => `${index % 2 ? 'b' : 'c'}${(index * 48_271) % 999_983}`,
)

it.each<[what: string, schema: object, allowed: readonly unknown[], refused: readonly unknown[]]>([
  [
    'the first characters of texts',
    { enum: scatteredTexts },
    [scatteredTexts[7], `${scatteredTexts[7]}9`],
    ['x', 'a1', 1],
  ],
  [
    'thousands of constants of one type',
    { type: 'string', anyOf: list(3_000).map((index) => ({ const: nameOf(index) })) },
    ['name0', 'name2999'],
    ['name3000', 'x', 1],
  ],
  [
    'thousands of constants, each with its type',
    { oneOf: list(3_000).map((index) => ({ type: 'integer', const: index })) },
    [0, 2999],
    [3000, '1'],
  ],
  [
    'thousands of constants beside another branch',
    { anyOf: [...list(3_000).map((index) => ({ const: index })), { type: 'null' }] },
    [0, 2999, null],
    [3000, 'x'],
  ],
  [
    'the types of other values',
    { enum: [...scatteredTexts, 3] },
    [scatteredTexts[7], 4],
    [null, [], 'x'],
  ],
  [
    'the types of branches',
    { anyOf: list(2_000).map((index) => ({ type: 'string', pattern: `^a${index}$` })) },
    ['a17', 'b'],
    [17, null, {}],
  ],
  [
    'required properties in any order',
    wideObject({ required: list(5_000).map(nameOf), additionalProperties: true }),
    [{ name4: 1, name2: 2, other: 3 }, {}],
    [[], 'name1'],
  ],
  [
    'the first items of a tuple in their order',
    { type: 'array', prefixItems: list(2_000).map((index) => ({ const: index % 3 })) },
    [list(1_500).map((index) => index % 3), [...list(1_200).map((index) => index % 3), 2, 2]],
    [[1], [0, 1, 3], {}],
  ],
  [
    'what is less deep',
    nest(10_000, (items) => ({ type: 'array', items })),
    [[[[[]]]], []],
    [['a'], {}, [[[1]]]],
  ],
  ['texts without a long pattern', { pattern: `^${'ab'.repeat(2_001)}$` }, ['a', 1], []],
  [
    'names without a long pattern',
    { patternProperties: { [`^${'ab'.repeat(2_001)}$`]: { type: 'null' } } },
    [{ [`${'ab'.repeat(2_001)}`]: null }, {}],
    [{ a: 1 }, 'a'],
  ],
])('the grammar of a large schema holds %s', (_what, schema, allowed, refused) => {
  const isAllowed = languageOf((grammar) => schemaRule(grammar, schema))
  const says = (value: unknown) => isAllowed(JSON.stringify(value))
  expect([allowed.map(says), refused.map(says)]).toEqual([
    allowed.map(() => true),
    refused.map(() => false),
  ])
})

const scattered = (count: number, seed: number) =>
  list(count).map((index) => (index * 48_271 * seed) % 19_997)

it('large enums and patterns leave room for the names of their object', () => {
  const toSchema = (index: number) => {
    const numbers = scattered(1_000, index + 1)
    const characters = numbers.map((number) => String.fromCodePoint(0x4e00 + number))
    return index % 2 ? { enum: numbers.map(String) } : { pattern: `^[${characters.join('')}]+$` }
  }
  const properties = Object.fromEntries(list(60).map((index) => [nameOf(index), toSchema(index)]))
  const schema = { type: 'object', properties: { ...properties, last: { type: 'integer' } } }
  const isAllowed = languageOf((grammar) => schemaRule(grammar, schema))
  expect(['{"last":1}', '{"last":"1"}', '{"other":1}'].map(isAllowed)).toEqual([true, false, false])
})
