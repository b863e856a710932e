import { it } from 'vitest'
import { list } from '../../../../test/shared/hostile-schemas/index.ts'
import { expectClosed } from '../support/closed-judgement.ts'
import { branches, number, requireName } from '../support/required-names.ts'

const text = { type: 'string' }

it.each<[what: string, schema: object, valid: readonly unknown[], refused: readonly unknown[]]>([
  [
    'minProperties',
    { type: 'object', properties: { a: number }, minProperties: 2 },
    [
      { a: 1, b: 'x' },
      { b: 1, c: 1 },
    ],
    [{ a: 'x', b: 1 }],
  ],
  [
    'minProperties beside a name that no value has',
    { type: 'object', properties: { a: number, b: { not: {} } }, minProperties: 2 },
    [{ a: 1, c: 1 }],
    [{ a: 1, b: 1 }],
  ],
  [
    'minProperties beside names that are left to the check',
    {
      type: 'object',
      properties: { a: number },
      minProperties: 2,
      dependentRequired: { b: ['c'], d: ['e'], f: ['g'] },
    },
    [{ a: 1, c: 1 }],
    [{ a: 'x', c: 1 }],
  ],
  [
    'minProperties in a branch that is left to the check',
    {
      type: 'object',
      allOf: [
        branches('p', 12),
        { anyOf: list(12).map((index) => ({ minProperties: index + 40 })) },
      ],
    },
    [Object.fromEntries(list(60).map((index) => [`p${index}`, 1]))],
    [],
  ],
  [
    'unevaluatedProperties',
    { properties: { a: number }, unevaluatedProperties: true },
    [{ a: 1, b: 'x' }],
    [{ a: 'x' }],
  ],
  [
    'a schema in unevaluatedProperties',
    { properties: { a: number }, unevaluatedProperties: text },
    [{ a: 1, b: 'x' }],
    [{ a: 1, b: 1 }],
  ],
  [
    'unevaluatedProperties beside branches',
    {
      type: 'object',
      properties: { a: number },
      anyOf: [branches('p', 2), {}],
      unevaluatedProperties: text,
    },
    [
      { a: 1, b: 'x' },
      { p1: 1, b: 'x' },
    ],
    [{ a: 'x' }],
  ],
  ['contains', { prefixItems: [number], contains: text }, [[1, 'x']], [['x'], []]],
  [
    'unevaluatedItems',
    { prefixItems: [number], unevaluatedItems: text },
    [[1], [1, 'x']],
    [[1, 1]],
  ],
  [
    'unevaluatedItems beside contains',
    { prefixItems: [number], contains: { type: 'null' }, unevaluatedItems: text },
    [[1, null, 'x']],
    [['x', null]],
  ],
])(
  'an object or a tuple is open where its schema says that there is more: %s',
  (_what, ...rest) => {
    expectClosed(...rest)
  },
)

it.each<[what: string, schema: object, valid: readonly unknown[], refused: readonly unknown[]]>([
  [
    'minProperties that its names satisfy',
    { type: 'object', properties: { a: number, b: number }, minProperties: 1 },
    [{ a: 1 }],
    [{ c: 1 }, {}],
  ],
  [
    'minProperties beside names with a pattern',
    { type: 'object', patternProperties: { '^x-': number }, minProperties: 1 },
    [{ 'x-a': 1 }],
    [{ c: 1 }, {}],
  ],
  [
    'unevaluatedProperties: false',
    { type: 'object', properties: { a: number }, unevaluatedProperties: false },
    [{ a: 1 }],
    [{ b: 1 }],
  ],
  [
    'a tuple with unevaluatedItems: false',
    { prefixItems: [number], unevaluatedItems: false },
    [[1]],
    [[1, 1]],
  ],
  [
    'additionalProperties: false beside minProperties',
    {
      type: 'object',
      anyOf: [
        { properties: { a: number }, additionalProperties: false, minProperties: 2 },
        { required: ['b'] },
      ],
    },
    [{ b: 1 }],
    [{ a: 1, c: 1 }],
  ],
  [
    'branches',
    { type: 'object', properties: { a: number }, anyOf: [requireName('b'), requireName('c')] },
    [{ a: 1, b: 1 }, { c: 1 }],
    [{ b: 1, c: 1 }, { b: 1, d: 1 }, { a: 1 }],
  ],
])('an object or a tuple is closed beside %s', (_what, ...rest) => {
  expectClosed(...rest)
})
