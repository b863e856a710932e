import type { ErrorCode } from '@nano/core'
import { combinedSchemas } from './combined-schemas.ts'
import { type SchemaCase } from './schema-values.ts'

import { valueSchemas } from './value-schemas.ts'

export { person } from './schema-values.ts'

/** Schemas that a grammar is made for, with texts that hold to them and texts that do not. */
export const held: readonly SchemaCase[] = [...valueSchemas, ...combinedSchemas]

/** Schemas that no grammar is made for. */
export const refused: readonly (readonly [what: string, schema: unknown, code: ErrorCode])[] = [
  ['a pattern', { type: 'string', pattern: '^a' }, 'unsupported'],
  ['a format nobody knows', { type: 'string', format: 'tea' }, 'unsupported'],
  ['a multiple', { type: 'number', multipleOf: 0.5 }, 'unsupported'],
  ['a negation', { not: { type: 'string' } }, 'unsupported'],
  ['unique items', { type: 'array', uniqueItems: true }, 'unsupported'],
  [
    'a property that two of all describe',
    {
      allOf: [
        { properties: { a: { minimum: 3, type: 'integer' } } },
        { properties: { a: { maximum: 5, type: 'integer' } } },
      ],
    },
    'unsupported',
  ],
  ['all of what are no objects', { allOf: [{ type: 'string' }, { minLength: 2 }] }, 'unsupported'],
  [
    'a required property that is not described',
    { type: 'object', properties: {}, required: ['a'] },
    'unsupported',
  ],
  ['an empty range', { type: 'integer', minimum: 3, maximum: 2 }, 'invalid-request'],
  [
    'a range without integers',
    { type: 'integer', exclusiveMinimum: 1, exclusiveMaximum: 2 },
    'invalid-request',
  ],
  ['lengths that cross', { type: 'string', minLength: 3, maxLength: 2 }, 'invalid-request'],
  ['items that cross', { type: 'array', minItems: 3, maxItems: 2 }, 'invalid-request'],
  ['a type there is not', { type: 'strng' }, 'invalid-request'],
  ['items fewer than none', { type: 'array', minItems: -2 }, 'invalid-request'],
  ['a length that is no whole number', { type: 'string', maxLength: 2.5 }, 'invalid-request'],
  ['a length in words', { type: 'string', maxLength: '9' }, 'invalid-request'],
  ['fewer properties than none', { type: 'object', minProperties: -1 }, 'invalid-request'],
  ['a number of properties', { type: 'object', minProperties: 1 }, 'unsupported'],
  ['an enum of nothing', { enum: [] }, 'invalid-request'],
  ['an enum that is no list', { enum: 'a' }, 'invalid-request'],
  ['no type', { type: [] }, 'invalid-request'],
  ['any of nothing', { anyOf: [] }, 'invalid-request'],
  [
    'what is required without a list',
    { type: 'object', properties: { a: {} }, required: 'a' },
    'invalid-request',
  ],
  [
    'what is required, in a part of all',
    {
      allOf: [
        { type: 'object', properties: { a: {} }, required: 'a' },
        { type: 'object', properties: {} },
      ],
    },
    'invalid-request',
  ],
  ['properties in a list', { type: 'object', properties: ['a'] }, 'invalid-request'],
  [
    'more items than a closed tuple has',
    { prefixItems: [{}], items: false, minItems: 2 },
    'invalid-request',
  ],
  ['a reference to where it is', { $ref: '#' }, 'invalid-request'],
  [
    'references in a circle',
    { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
    'invalid-request',
  ],
  [
    'a circle through any of some',
    {
      $ref: '#/$defs/a',
      $defs: { a: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/b' }] }, b: { $ref: '#/$defs/a' } },
    },
    'invalid-request',
  ],
  [
    'a circle through all of one',
    {
      $ref: '#/$defs/a',
      $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { oneOf: [{ $ref: '#/$defs/a' }] } },
    },
    'invalid-request',
  ],
  [
    'a circle beside a tree',
    {
      $ref: '#/$defs/b',
      $defs: {
        a: { anyOf: [{ $ref: '#/$defs/b' }] },
        b: {
          anyOf: [
            { type: 'object', properties: { p: { $ref: '#/$defs/a' } } },
            { $ref: '#/$defs/a' },
          ],
        },
      },
    },
    'invalid-request',
  ],
  [
    'a property that refers to itself',
    { type: 'object', properties: { a: { $ref: '#/properties/a' } } },
    'invalid-request',
  ],
  ['a reference that is not escaped', { $ref: '#/$defs/%' }, 'invalid-request'],
  ['a reference to nothing', { $ref: '#/$defs/a' }, 'invalid-request'],
  ['values of another type', { type: 'integer', enum: ['a', 1.5] }, 'invalid-request'],
  ['a constant of another type', { type: ['object', 'null'], const: ['a'] }, 'invalid-request'],
  ['only numbers that a double does not count', { type: 'integer', minimum: 1e21 }, 'unsupported'],
  ['other keys of nothing', { type: 'object', additionalProperties: null }, 'invalid-request'],
  ['what is no schema', { type: 'object', properties: { a: 1 } }, 'invalid-request'],
]
