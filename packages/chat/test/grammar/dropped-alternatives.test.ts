import { it } from 'vitest'
import { list } from '../../../../test/shared/hostile-schemas/index.ts'
import { expectClosed } from '../support/closed-judgement.ts'
import { branches, number, requireName } from '../support/required-names.ts'

const conditions = (count: number) =>
  list(count).map((index) => ({
    if: { properties: { [`b${index}`]: { const: true } }, required: [`b${index}`] },
    // oxlint-disable-next-line unicorn/no-thenable -- It is a keyword of JSON Schema.
    then: requireName(`f${index}`),
  }))

const flags = (count: number) =>
  Object.fromEntries(list(count).map((index) => [`b${index}`, { type: 'boolean' }]))

const needs = { a: ['x'], c: ['y'], d: ['z'] }

it.each<[what: string, schema: object, valid: readonly unknown[], refused: readonly unknown[]]>([
  [
    'branches of two anyOf',
    { type: 'object', properties: { a: number }, allOf: [branches('p', 12), branches('q', 12)] },
    [
      { a: 1, p3: 1, q5: 1 },
      { p0: 1, q0: 1 },
    ],
    [
      { a: 1, p3: 1, r: 1 },
      { p3: 1, q5: 'x' },
    ],
  ],
  [
    'branches of three anyOf',
    { type: 'object', allOf: [branches('p', 6), branches('q', 6), branches('r', 6)] },
    [{ p3: 1, q5: 1, r1: 1 }],
    [{ p3: 1, q5: 1, s: 1 }],
  ],
  [
    'conditions',
    { type: 'object', properties: flags(8), allOf: conditions(8) },
    [
      { b7: true, f7: 1 },
      { b0: true, b7: false, f0: 1 },
    ],
    [{ b7: true, f7: 1, f9: 1 }],
  ],
  [
    'many conditions',
    { type: 'object', properties: flags(60), allOf: conditions(60) },
    [{ b59: true, f59: 1 }],
    [],
  ],
  [
    'dependentRequired',
    { type: 'object', properties: { a: number, c: number, d: number }, dependentRequired: needs },
    [
      { d: 1, z: 1 },
      { a: 1, x: 'any' },
    ],
    [{ d: 1, e: 1 }],
  ],
  [
    'dependentRequired of a required name',
    {
      type: 'object',
      properties: { a: number, c: number, d: number },
      required: ['d'],
      dependentRequired: needs,
    },
    [{ d: 1, z: 1 }],
    [{ d: 1 }, { d: 1, e: 1 }],
  ],
  [
    'dependentRequired without a type',
    { properties: { a: number, c: number }, dependentRequired: { a: ['x'], c: ['y'] } },
    [{ c: 1, y: 1 }],
    [{ c: 1, e: 1 }, 'text'],
  ],
  [
    'dependentSchemas',
    {
      type: 'object',
      properties: { a: number, c: number, d: number },
      dependentSchemas: { a: requireName('x'), c: requireName('y'), d: requireName('z') },
    },
    [{ d: 1, z: 1 }],
    [
      { d: 1, z: 'x' },
      { d: 1, e: 1 },
    ],
  ],
  [
    'branches of many branches',
    {
      type: 'object',
      properties: { a: number },
      anyOf: list(20).map((index) => ({ allOf: [branches(`n${index}_`, 10)] })),
    },
    [{ a: 1, n19_9: 1 }],
    [{ a: 1, m: 1 }],
  ],
  [
    'the last of very many schemas',
    { type: 'object', allOf: list(1_100).map((index) => requireName(`k${index}`)) },
    [Object.fromEntries(list(1_100).map((index) => [`k${index}`, 1]))],
    [],
  ],
  [
    'branches of other types',
    {
      properties: { a: number },
      allOf: [
        branches('p', 12),
        { anyOf: [...list(12).map((index) => requireName(`q${index}`)), { type: 'string' }] },
      ],
    },
    ['text', { p1: 1, q1: 1 }],
    [1],
  ],
  [
    'tuples of branches',
    {
      type: 'array',
      prefixItems: [number],
      allOf: [
        { anyOf: list(12).map((index) => ({ prefixItems: [{ minimum: index }] })) },
        { anyOf: list(12).map((index) => ({ prefixItems: [{}, { const: index }] })) },
      ],
    },
    [[3, 5]],
    [['x']],
  ],
  [
    'branches that allow other names',
    {
      type: 'object',
      properties: { a: number },
      allOf: [branches('p', 12), { anyOf: [branches('q', 12), { additionalProperties: true }] }],
    },
    [{ p1: 1, other: 'x' }],
    [],
  ],
  [
    'a condition on which nothing depends',
    { type: 'object', properties: { a: number }, if: { properties: { b: number } } },
    [{ a: 1, b: 1 }],
    [{ a: 1, b: 'x' }, { c: 1 }],
  ],
])(
  'a closed object keeps the names of what is left to the check: %s',
  (_what, schema, ...values) => {
    expectClosed(schema, ...values)
  },
)
