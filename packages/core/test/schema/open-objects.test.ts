import { expect, it } from 'vitest'
import type { JsonSchema } from '../../src/standard-schema.ts'
import { openObjects } from '../../src/schema/open-objects.ts'

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
    'unevaluatedProperties stays what it is',
    { type: 'object', properties: { a: {} }, unevaluatedProperties: false },
    { type: 'object', properties: { a: {} }, unevaluatedProperties: false },
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
