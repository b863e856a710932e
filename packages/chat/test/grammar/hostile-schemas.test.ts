import { runSteps, type Steps } from '@nano/core/driver'
import { expect, it } from 'vitest'
import { longestTurn } from '../../../../test/shared/longest-turn.ts'
import { grammarBuilder } from '../../src/grammar/grammar-builder.ts'
import { schemaRule, schemaRuleSteps } from '../../src/grammar/schema-rule.ts'
import { languageOf } from '../support/gbnf.ts'

/** A schema around another, so many times. */
function nest(depth: number, wrapSchema: (innerSchema: object) => object): object {
  let schema: object = { type: 'string' }
  for (let level = 0; level < depth; level++) schema = wrapSchema(schema)
  return schema
}

const list = (count: number) => Array.from({ length: count }, (_, index) => index)

const nameOf = (index: number) => `name${index}`

/** An object with 5,000 properties. */
function wideObject(keywords: object): object {
  const properties = Object.fromEntries(list(5_000).map((index) => [nameOf(index), {}]))
  return { type: 'object', properties, ...keywords }
}

/** Definitions each of which refers to the next twice. */
const diamond = (keyword: string) => ({
  $ref: '#/$defs/a0',
  $defs: {
    ...Object.fromEntries(
      list(40).map((index) => {
        const next = { $ref: `#/$defs/a${index + 1}` }
        return [`a${index}`, { type: 'string', [keyword]: [next, { [keyword]: [next] }] }]
      }),
    ),
    a40: { type: 'string' },
  },
})

it.each<[what: string, schema: object]>([
  ['lists in lists, 10,000 deep', nest(10_000, (items) => ({ type: 'array', items }))],
  [
    'an optional second property, 200 deep',
    nest(200, (b) => ({ type: 'object', properties: { a: { type: 'null' }, b } })),
  ],
  [
    'an optional second property, 14 deep, in open objects',
    nest(14, (b) => ({
      type: 'object',
      properties: { a: { type: 'null' }, b },
      additionalProperties: true,
    })),
  ],
  ['a diamond of allOf', diamond('allOf')],
  ['a diamond of anyOf', diamond('anyOf')],
  ['100,000 texts', { enum: list(100_000).map((index) => `value ${index}`) }],
  ['100,000 constants', { anyOf: list(100_000).map((index) => ({ const: index })) }],
  [
    '100,000 constants of one type',
    { type: 'string', anyOf: list(100_000).map((index) => ({ const: `value ${index}` })) },
  ],
  [
    '5,000 properties',
    {
      type: 'object',
      properties: Object.fromEntries(list(5_000).map((index) => [`name${index}`, {}])),
      additionalProperties: true,
    },
  ],
  [
    'a long name, and one in Chinese',
    {
      type: 'object',
      properties: { ['a'.repeat(100_000)]: {}, ['漢'.repeat(1_000)]: {} },
      additionalProperties: true,
    },
  ],
  ['a tuple of 5,000', { type: 'array', prefixItems: list(5_000).map(() => ({ type: 'null' })) }],
  ['a million items', { type: 'array', minItems: 1_000_000, items: { type: 'null' } }],
  ['a large repetition', { type: 'string', pattern: '^((a{1,999}){1,999}){1,999}$' }],
  [
    'many combinations',
    {
      allOf: list(20).map((index) => ({
        anyOf: [{ required: [`a${index}`] }, { minProperties: index }],
      })),
    },
  ],
  [
    'many names that need others',
    {
      type: 'object',
      properties: Object.fromEntries(list(200).map((index) => [nameOf(index), {}])),
      dependentRequired: Object.fromEntries(list(100).map((index) => [nameOf(index), ['a']])),
    },
  ],
  [
    'many patterns of names beside many names',
    {
      type: 'object',
      properties: Object.fromEntries(list(100).map((index) => [nameOf(index), {}])),
      patternProperties: Object.fromEntries(
        list(50).map((index) => [`(a?b?c?[a-z]?){1,${index + 1}}x${index}$`, {}]),
      ),
      additionalProperties: true,
    },
  ],
  [
    'not of a thousand schemas, each of a thousand',
    {
      not: {
        anyOf: list(1_000).map((index) => ({
          allOf: list(1_000).map((part) => ({ required: [`a${index}-${part}`] })),
        })),
      },
    },
  ],
  [
    'a chain of 300 conditions',
    list(300).reduce<object>(
      (otherwise, index) => ({
        if: { required: [`a${index}`] },
        then: { required: [`b${index}`] },
        else: otherwise,
      }),
      { type: 'object' },
    ),
  ],
  [
    '1,000 names that are excluded',
    { type: 'object', allOf: list(1_000).map((index) => ({ not: { required: [nameOf(index)] } })) },
  ],
  [
    '20,000 branches beside 100 schemas',
    {
      allOf: [
        { anyOf: list(20_000).map((index) => ({ properties: { [nameOf(index)]: {} } })) },
        ...list(100).map((index) => ({ required: [nameOf(index)] })),
      ],
    },
  ],
  [
    'properties that are excluded one by one',
    {
      type: 'object',
      properties: Object.fromEntries(list(100).map((index) => [nameOf(index), { type: 'string' }])),
      not: {
        properties: Object.fromEntries(
          list(100).map((index) => [nameOf(index + 1), { type: 'string' }]),
        ),
      },
      additionalProperties: true,
    },
  ],
  ['not in not, 10,000 deep', nest(10_000, (not) => ({ minLength: 1, not }))],
])('%s is translated in time', (_what, schema) => {
  const startedAt = performance.now()
  const grammar = grammarBuilder()
  const text = runSteps(grammar.toGbnf(schemaRule(grammar, schema)))
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  expect(text.length).toBeLessThan(10_000_000)
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

function* writeGrammar(schema: object): Steps<string> {
  const grammar = grammarBuilder()
  return yield* grammar.toGbnf(yield* schemaRuleSteps(grammar, schema))
}

it.each<[what: string, schema: object]>([
  ['100,000 texts', { enum: list(100_000).map((index) => `value ${index}`) }],
  ['100,000 constants', { anyOf: list(100_000).map((index) => ({ const: index })) }],
  ['1,000 texts of some length', { minLength: 5, enum: list(1_000).map((i) => `value ${i}`) }],
  ['5,000 properties', wideObject({})],
  ['5,000 properties beside others', wideObject({ additionalProperties: true })],
  ['5,000 required properties', wideObject({ required: list(5_000).map(nameOf) })],
  ['lists in lists, 10,000 deep', nest(10_000, (items) => ({ type: 'array', items }))],
])('%s are translated in short turns', (_what, schema) => {
  expect(longestTurn(() => writeGrammar(schema))).toBeLessThan(20)
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
