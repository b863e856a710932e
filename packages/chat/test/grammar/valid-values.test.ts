import { validator } from '@nano/core/driver'
import { expect, it } from 'vitest'
import { schemaRule } from '../../src/grammar/schema-rule.ts'
import { languageOf } from '../support/gbnf.ts'

const text = (length: number, character = 'a') => character.repeat(length)

/** Every keyword, with values that it allows. */
const keywords: readonly [keyword: string, schema: object, values: readonly unknown[]][] = [
  ['minimum', { type: 'number', minimum: 0 }, [19.9, 0, 1e-7, 1e21, 0.1 + 0.2, 5e-324, 1e308]],
  ['maximum', { type: 'number', maximum: 0.5 }, [0.5, -1e21, -1e-9, 0, 0.25]],
  ['exclusive limits', { exclusiveMinimum: 0, exclusiveMaximum: 1 }, [0.5, 1e-9, 'a', null, []]],
  ['limits of draft 4', { type: 'number', minimum: 0, exclusiveMinimum: true }, [0.001, 7]],
  ['multipleOf', { type: 'number', multipleOf: 0.01 }, [19.9, 0.07, 5]],
  ['a whole multipleOf', { type: 'number', multipleOf: 5 }, [0, 5, -25, 1e21]],
  ['integer', { type: 'integer' }, [0, -7, 12_345_678_901_234_567_000, 1e21, 1e300]],
  [
    'a limit of more digits than a number has',
    { type: 'integer', minimum: 12_345_678_901_234_567_000, maximum: 123_456_789_012_345_680_000 },
    [12_345_678_901_234_567_000, 123_456_789_012_345_680_000],
  ],
  ['integers of many digits', { type: 'integer', minimum: 2 ** 63 }, [1e21, 1.5e21, 1e19]],
  ['an integer as JavaScript writes it', { type: 'integer' }, [1.5e21, -1.25e300]],
  ['a large limit', { type: 'integer', maximum: 2 ** 63 }, [2 ** 62, -(2 ** 62)]],
  ['minLength', { type: 'string', minLength: 2 }, ['🙂🙂', 'ab', 'é\n', text(5_000)]],
  ['maxLength', { type: 'string', maxLength: 2 }, ['', '🙂🙂', '\u007f', '\u0000']],
  ['pattern', { type: 'string', pattern: '^[a-z]+-\\d{2,}$' }, ['a-12', 'zz-2024']],
  ['a pattern anywhere', { type: 'string', pattern: 'b+' }, ['b', 'abc', '"b"', 'éb🙂']],
  ['a pattern that looks ahead', { type: 'string', pattern: '^(?!x).*y$' }, ['y', 'aby']],
  ['a pattern that refers back', { type: 'string', pattern: '^(a)\\1$' }, ['aa']],
  ['a pattern of any letter', { type: 'string', pattern: '^\\p{L}+$' }, ['é', 'abc', '漢字']],
  ['a pattern and a length', { type: 'string', pattern: '^\\w*$', maxLength: 3 }, ['', 'a_9']],
  ['an unknown format', { type: 'string', format: '__proto__' }, ['a', '']],
  ['enum', { enum: ['a', 'ab', 1, null, [1], { a: 1 }] }, ['a', 'ab', 1, null, [1], { a: 1 }]],
  ['const beside enum', { const: 'b', enum: ['a', 'b'] }, ['b']],
  ['properties', { properties: { a: { type: 'number' } } }, [{}, { a: 1 }]],
  [
    'required alone',
    { type: 'object', required: ['b', 'a'] },
    [
      { b: 1, a: [] },
      { b: 1, a: 1, c: 2 },
    ],
  ],
  [
    'additionalProperties',
    { properties: { a: {}, ab: {} }, additionalProperties: true },
    [{ b: 2, a: 1 }, { a: 1, abc: 2 }, { ab: 1, a: 1 }, { aa: 1 }],
  ],
  [
    'patternProperties',
    {
      type: 'object',
      patternProperties: { '^x-': { type: 'number' } },
      additionalProperties: false,
    },
    [{}, { 'x-a': 1 }, { 'x-"': 1, 'x-é': 2 }],
  ],
  ['propertyNames', { type: 'object', propertyNames: { pattern: '^[a-z]$' } }, [{ a: 1 }, {}]],
  [
    'propertyNames that no name holds to',
    { type: 'object', propertyNames: { enum: [{ a: 1 }], anyOf: [true, true] } },
    [{}],
  ],
  ['minProperties', { type: 'object', minProperties: 2, maxProperties: 3 }, [{ a: 1, b: 2 }]],
  [
    'dependentSchemas',
    { properties: { a: {} }, dependentSchemas: { a: { properties: { b: { type: 'number' } } } } },
    [{}, { a: 1, b: 2 }, { a: 1 }],
  ],
  [
    'dependentRequired',
    { properties: { a: {}, b: {} }, dependentRequired: { a: ['b'] } },
    [{ b: 1 }],
  ],
  ['items', { items: { type: 'number' } }, [[], [1, 2]]],
  ['prefixItems', { prefixItems: [{ type: 'string' }, {}], maxItems: 3 }, [[], ['a'], ['a', 1, 2]]],
  ['items of draft 4', { items: [{ type: 'string' }], additionalItems: false }, [[], ['a']]],
  ['uniqueItems', { type: 'array', uniqueItems: true }, [[1, 2], []]],
  ['contains', { type: 'array', contains: { const: 5 }, minContains: 2 }, [[5, 5, 'a']]],
  [
    'contains in any place',
    { contains: { type: 'null' } },
    [[null], [1, null], [null, 1], [1, null, [], null, 'a'], 'a', {}],
  ],
  [
    'contains of many, beside limits',
    { type: 'array', contains: { const: 1 }, minContains: 12, maxContains: 13 },
    [Array.from({ length: 13 }, () => 1), [...Array.from({ length: 12 }, () => 1), 2]],
  ],
  [
    'contains that names a member',
    { type: 'array', contains: { properties: { a: { const: 1 } }, required: ['a'] } },
    [[{ a: 1, b: 2 }], [{ b: 2 }, { a: 1 }]],
  ],
  ['contains that may be absent', { type: 'array', contains: { const: 1 }, minContains: 0 }, [[]]],
  ['contains in a list of limited length', { contains: { const: 1 }, maxItems: 2 }, [[2, 1], [1]]],
  ['unevaluatedItems', { type: 'array', prefixItems: [{}], unevaluatedItems: false }, [[1]]],
  ['allOf', { allOf: [{ type: 'number' }, { minimum: 3 }, { maximum: 5 }] }, [3, 4.25, 5]],
  [
    'allOf beside anyOf',
    {
      allOf: [{ properties: { a: { type: 'integer' } }, required: ['a'] }],
      anyOf: [{ properties: { b: { type: 'null' } } }, { properties: { c: { type: 'string' } } }],
    },
    [{ a: 1 }, { a: 1, b: null }, { a: 1, c: 'x' }],
  ],
  ['anyOf beside a type', { type: 'number', anyOf: [{ minimum: 5 }, { maximum: 0 }] }, [7, -1]],
  ['oneOf that overlap', { oneOf: [{ type: 'number' }, { type: 'integer' }] }, [1.5]],
  ['not', { type: 'string', not: { enum: ['a'] } }, ['b', '']],
  ['if', { if: { type: 'number' }, then: { minimum: 5 }, else: { type: 'string' } }, [6, 'a']],
  ['$ref beside others', { $ref: '#/$defs/a', minimum: 3, $defs: { a: { type: 'number' } } }, [3]],
  ['$anchor', { items: { $ref: '#x' }, $defs: { a: { $anchor: 'x', type: 'null' } } }, [[null]]],
  [
    '$dynamicRef',
    { $dynamicAnchor: 'n', type: 'object', properties: { a: { $dynamicRef: '#n' } } },
    [{ a: { a: {} } }],
  ],
  ['a schema that is true', { properties: { a: true, b: false } }, [{ a: [1] }, {}]],
  ['an unknown keyword', { type: 'string', nullable: true }, ['a']],
  [
    'a name like __proto__',
    JSON.parse('{"properties":{"__proto__":{"type":"null"}}}') as object,
    [{}],
  ],
]

it.each(keywords)('%s allows all that it should', (_keyword, schema, values) => {
  const isAllowed = languageOf((grammar) => schemaRule(grammar, schema))
  const validate = validator(schema)
  for (const value of values) {
    const json = JSON.stringify(value)
    if (!json.includes('"aa"')) expect(validate(value), json).toEqual([])
    expect(isAllowed(json), json).toBe(true)
  }
})

it('a property named __proto__ is held to its schema', () => {
  const schema = JSON.parse(
    '{"type":"object","properties":{"__proto__":{"type":"null"}},"required":["__proto__"]}',
  ) as object
  const isAllowed = languageOf((grammar) => schemaRule(grammar, schema))
  expect([isAllowed('{"__proto__":null}'), isAllowed('{"__proto__":1}'), isAllowed('{}')]).toEqual([
    true,
    false,
    false,
  ])
})
