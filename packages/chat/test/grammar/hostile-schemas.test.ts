import { expect, it } from 'vitest'
import { grammarBuilder } from '../../src/grammar/grammar-builder.ts'
import { schemaRule } from '../../src/grammar/schema-rule.ts'

/** A schema around another, so many times. */
function nest(depth: number, around: (inner: object) => object): object {
  let schema: object = { type: 'string' }
  for (let level = 0; level < depth; level++) schema = around(schema)
  return schema
}

const list = (count: number) => Array.from({ length: count }, (_, index) => index)

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
  ['a diamond of allOf', diamond('allOf')],
  ['a diamond of anyOf', diamond('anyOf')],
  ['100,000 texts', { enum: list(100_000).map((index) => `value ${index}`) }],
  ['100,000 constants', { anyOf: list(100_000).map((index) => ({ const: index })) }],
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
])('%s is translated in time', (_what, schema) => {
  const startedAt = performance.now()
  const grammar = grammarBuilder()
  const text = grammar.toGbnf(schemaRule(grammar, schema))
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  expect(text.length).toBeLessThan(10_000_000)
})

it('combinations deeper than the stack are refused by name', () => {
  const deep = nest(20_000, (inner) => ({ minLength: 1, allOf: [inner] }))
  expect(() => schemaRule(grammarBuilder(), deep)).toThrow(
    expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('too deep') }),
  )
})
