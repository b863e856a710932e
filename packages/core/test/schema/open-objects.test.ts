import { expect, it } from 'vitest'
import { longestTurn } from '../../../../test/shared/longest-turn.ts'
import type { GenerateRequest } from '../../src/request.ts'
import type { JsonSchema } from '../../src/standard-schema.ts'
import { openObjects, openRequest } from '../../src/schema/open-objects.ts'
import { runSteps } from '../../src/schema/steps.ts'

const allTypes = ['object', 'array', 'string', 'number', 'boolean', 'null']

it.each<[what: string, schema: JsonSchema, openSchema: JsonSchema]>([
  [
    'an object, and one in it, get further properties',
    { type: 'object', properties: { a: { type: 'object', properties: { b: {} } } } },
    {
      type: 'object',
      properties: { a: { type: 'object', properties: { b: {} }, additionalProperties: true } },
      additionalProperties: true,
    },
  ],
  [
    'what a schema says stays',
    { type: 'object', properties: { a: {} }, additionalProperties: false },
    { type: 'object', properties: { a: {} }, additionalProperties: false },
  ],
  [
    'unevaluatedProperties lists the names that are evaluated where the others are not',
    {
      type: 'object',
      properties: { a: { type: 'null' } },
      anyOf: [{ $ref: '#/$defs/b' }, { required: ['a'] }],
      if: { patternProperties: { '^c': {} } },
      unevaluatedProperties: { type: 'null' },
      $defs: { b: { type: 'object', properties: { b: {} } } },
    },
    {
      type: 'object',
      properties: { a: { type: 'null' }, b: true },
      patternProperties: { '^c': true },
      additionalProperties: { type: 'null' },
      anyOf: [{ $ref: '#/$defs/b' }, { required: ['a'] }],
      if: { type: allTypes, patternProperties: { '^c': {} }, additionalProperties: true },
      unevaluatedProperties: { type: 'null' },
      $defs: { b: { type: 'object', properties: { b: {} }, additionalProperties: true } },
    },
  ],
  [
    'unevaluatedProperties stays what it is where any name may be evaluated',
    {
      type: 'object',
      properties: { a: {} },
      allOf: [{ additionalProperties: true }],
      unevaluatedProperties: false,
    },
    {
      type: 'object',
      properties: { a: {} },
      additionalProperties: true,
      allOf: [{ additionalProperties: true }],
      unevaluatedProperties: false,
    },
  ],
  [
    'unevaluatedItems counts the items that are evaluated',
    {
      type: 'array',
      prefixItems: [{ type: 'null' }],
      allOf: [{ prefixItems: [true, { minimum: 1 }] }],
      unevaluatedItems: false,
    },
    {
      type: 'array',
      prefixItems: [{ type: 'null' }, { minimum: 1 }],
      items: false,
      allOf: [{ type: allTypes, prefixItems: [true, { minimum: 1 }], items: true }],
      unevaluatedItems: false,
    },
  ],
  [
    'beside unevaluatedItems, further items are those that contains looks for',
    { type: 'array', contains: { type: 'null' }, unevaluatedItems: false },
    {
      type: 'array',
      contains: { type: 'null' },
      items: { type: 'null' },
      unevaluatedItems: false,
    },
  ],
  [
    'a member that may be evaluated is held to one of the schemas that look at it',
    {
      type: 'object',
      anyOf: [{ properties: { a: { type: 'null' } } }, { properties: { a: { minimum: 1 } } }],
      allOf: [{ patternProperties: { '^b': { maximum: 2 } } }],
      unevaluatedProperties: { type: 'string' },
    },
    {
      type: 'object',
      anyOf: [
        { properties: { a: { type: 'null' } }, type: allTypes, additionalProperties: true },
        { properties: { a: { minimum: 1 } }, type: allTypes, additionalProperties: true },
      ],
      allOf: [
        { patternProperties: { '^b': { maximum: 2 } }, type: allTypes, additionalProperties: true },
      ],
      unevaluatedProperties: { type: 'string' },
      properties: {
        a: { anyOf: [{ type: 'null' }, { minimum: 1 }, { type: 'string' }, { maximum: 2 }] },
      },
      patternProperties: { '^b': true },
      additionalProperties: { type: 'string' },
    },
  ],
  [
    'a tuple gets further items, and other types beside lists',
    { prefixItems: [{ type: 'null' }] },
    { prefixItems: [{ type: 'null' }], items: true, type: allTypes },
  ],
  [
    'a tuple of earlier drafts gets them too',
    { type: 'array', items: [{ type: 'null' }] },
    { type: 'array', items: [{ type: 'null' }], additionalItems: true },
  ],
  [
    'values and names are no schemas',
    {
      type: 'object',
      properties: { properties: { const: { properties: { a: 1 } } } },
      additionalProperties: {},
    },
    {
      type: 'object',
      properties: { properties: { const: { properties: { a: 1 } } } },
      additionalProperties: {},
    },
  ],
  [
    'what only a reference finds is opened',
    { $ref: '#/components/a', components: { a: { type: 'object', properties: { b: {} } } } },
    {
      $ref: '#/components/a',
      components: { a: { type: 'object', properties: { b: {} }, additionalProperties: true } },
    },
  ],
])('%s', (_what, schema, openSchema) => {
  expect(openObjects(schema)).toEqual(openSchema)
})

it('a property named __proto__ stays one', () => {
  const schema = JSON.parse('{"properties":{"__proto__":{"type":"null"}}}') as JsonSchema
  expect(JSON.stringify(openObjects(schema).properties)).toBe('{"__proto__":{"type":"null"}}')
})

it('a schema deeper than the stack is opened', () => {
  let schema: JsonSchema = { type: 'null' }
  for (let depth = 0; depth < 20_000; depth++) schema = { type: 'array', items: schema }
  expect(openObjects(schema).type).toBe('array')
})

const list = (count: number) => Array.from({ length: count }, (_, index) => index)
const openSteps = (schema: NonNullable<GenerateRequest['schema']>) =>
  openRequest({ messages: [], schema })

it('a schema that has nothing to open stays what it is', () => {
  const schema = { anyOf: list(1_000).map((index) => ({ const: index })) }
  expect(runSteps(openSteps(schema)).schema).toEqual(schema)
})

it.each<[what: string, schema: NonNullable<GenerateRequest['schema']>]>([
  ['a hundred thousand constants', { anyOf: list(100_000).map((index) => ({ const: index })) }],
  ['a hundred thousand values', { enum: list(100_000) }],
  [
    'a hundred thousand branches beside unevaluatedProperties',
    {
      type: 'object',
      anyOf: list(100_000).map((index) => ({ required: [`name${index}`] })),
      unevaluatedProperties: false,
    },
  ],
])('%s are opened in short turns', (_what, schema) => {
  expect(longestTurn(() => openSteps(schema))).toBeLessThan(20)
})
