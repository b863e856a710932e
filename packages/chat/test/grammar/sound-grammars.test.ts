import { expect, it } from 'vitest'
import { openObjects } from '../../../core/src/schema/open-objects.ts'
import { grammarBuilder } from '../../src/grammar/grammar-builder.ts'
import { schemaRule } from '../../src/grammar/schema-rule.ts'
import { languageOf } from '../support/gbnf.ts'

const object = (properties: object, keywords: object = {}) => ({
  type: 'object',
  properties,
  ...keywords,
})
const integer = { type: 'integer' }

it.each<[what: string, schema: object, invalid: readonly string[]]>([
  [
    'allOf beside anyOf',
    { allOf: [object({ a: integer }, { required: ['a'] })], anyOf: [object({ b: integer })] },
    ['{}', '{"b":1}', '{"a":"x"}', '{"a":1,"b":"x"}'],
  ],
  [
    'additionalProperties beside allOf',
    { allOf: [object({ a: integer })], properties: { b: integer }, additionalProperties: false },
    ['{"a":1}', '{"c":1}'],
  ],
  [
    'an empty range in an optional property',
    object({ a: { type: 'integer', minimum: 3, maximum: 2 }, b: integer }),
    ['{"a":}', '{"a":3}', '{"a":2}'],
  ],
  ['large bounds', { type: 'integer', minimum: 1e20 }, ['1', '99999999999999999999']],
  ['const beside enum', { const: 'a', enum: ['a', 'b'] }, ['"b"']],
  ['enum beside limits', { enum: [1, 5, 'a'], minimum: 3 }, ['1']],
  [
    '$ref below another $id',
    {
      properties: {
        a: { $id: 'https://a.org/b', $ref: '#/$defs/x', $defs: { x: { type: 'string' } } },
      },
      $defs: { x: integer },
    },
    ['{"a":1}'],
  ],
  [
    'propertyNames',
    { type: 'object', propertyNames: { enum: ['a', 'b'] }, additionalProperties: integer },
    ['{"c":1}', '{"a":"x"}'],
  ],
  [
    'patternProperties',
    { type: 'object', patternProperties: { '^x': integer }, additionalProperties: false },
    ['{"y":1}', '{"xa":"b"}'],
  ],
  [
    'contains',
    { items: integer, contains: { minimum: 5 }, minContains: 2 },
    ['[]', '[7]', '[1,2]', '[1,7,2]', '[7,"a",8]'],
  ],
  [
    'contains that names a member, in open lists',
    openObjects({
      type: 'array',
      contains: { type: 'object', properties: { a: integer }, required: ['a'] },
    }) as object,
    ['[]', '[{}]', '[{"a":"b"}]', '[{"b":1}]'],
  ],
  [
    'contains beside first items, which needs an item',
    { type: 'array', prefixItems: [{}], contains: { type: 'string' }, items: true },
    ['[]'],
  ],
  [
    '$dynamicRef to an anchor of the root',
    {
      $id: 'https://a.org/texts',
      $ref: 'list',
      $defs: {
        text: { $dynamicAnchor: 'item', type: 'string' },
        list: {
          $id: 'list',
          type: 'array',
          items: { $dynamicRef: '#item' },
          $defs: { any: { $dynamicAnchor: 'item' } },
        },
      },
    },
    ['[1]', '[null]', '"a"'],
  ],
  [
    '$dynamicRef to one of several anchors',
    {
      $id: 'https://a.org/choice',
      properties: { texts: { $ref: 'texts' }, lists: { $ref: 'lists' } },
      $defs: {
        texts: {
          $id: 'texts',
          $ref: 'list',
          $defs: { a: { $dynamicAnchor: 'b', type: 'string' } },
        },
        lists: { $id: 'lists', $ref: 'list', $defs: { a: { $dynamicAnchor: 'b', type: 'array' } } },
        list: {
          $id: 'list',
          type: 'array',
          items: { $dynamicRef: '#b' },
          $defs: { a: { $dynamicAnchor: 'b', type: 'null' } },
        },
      },
    },
    ['{"texts":[1]}', '{"lists":[true]}'],
  ],
  [
    'unevaluatedItems beside items of a branch',
    openObjects({
      type: 'array',
      unevaluatedItems: { type: 'boolean' },
      anyOf: [{ items: { type: 'string' } }, true],
    }) as object,
    ['[1]', '["a",null]'],
  ],
  [
    'unevaluatedProperties beside names of a dynamic reference',
    openObjects({
      $id: 'https://a.org/names',
      type: 'object',
      $dynamicRef: '#more',
      unevaluatedProperties: false,
      $defs: { more: { $dynamicAnchor: 'more', properties: { a: integer } } },
    }) as object,
    ['{"b":1}', '{"a":"x"}'],
  ],
  ['contains what nothing satisfies', { contains: false }, ['[]', '[1]']],
  ['an item that nothing satisfies', { type: 'array', items: false }, ['[1]', '[]1']],
  ['not with types', { not: { type: ['number', 'object'] } }, ['1', '1.5', '{}', '{"a":1}']],
  ['siblings of $ref', { $ref: '#/$defs/a', maximum: 5, $defs: { a: integer } }, ['6', '1.5']],
])('%s is not loosened', (_what, schema, invalid) => {
  const isAllowed = languageOf((grammar) => schemaRule(grammar, schema))
  for (const text of invalid) expect(isAllowed(text), text).toBe(false)
})

it.each<[what: string, schema: object]>([
  [
    'a required property of an empty range',
    object({ a: { minimum: 3, maximum: 2, type: 'number' } }, { required: ['a'] }),
  ],
  ['an enum without its const', { const: 'c', enum: ['a', 'b'] }],
  ['types that exclude each other', { allOf: [{ type: 'string' }, { type: 'number' }] }],
  ['items that are needed and impossible', { type: 'array', items: false, minItems: 1 }],
])('%s is refused, because nothing satisfies it', (_what, schema) => {
  expect(() => schemaRule(grammarBuilder(), schema)).toThrow(
    expect.objectContaining({
      code: 'invalid-request',
      message: expect.stringContaining('allows no value'),
    }),
  )
})
