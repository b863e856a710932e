import type { ErrorCode } from '@nano/core'
import { combinedSchemas } from './combined-schemas.ts'
import { type SchemaCase } from './schema-values.ts'

import { valueSchemas } from './value-schemas.ts'

export { person } from './schema-values.ts'

/** Schemas that a grammar is made for, with texts that hold to them and texts that do not. */
export const validSchemas: readonly SchemaCase[] = [...valueSchemas, ...combinedSchemas]

/** Schemas that no grammar is made for: they are none, or nothing holds to them. */
export const refusedSchemas: readonly (readonly [
  what: string,
  schema: unknown,
  code: ErrorCode,
])[] = [
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
  ['other keys of nothing', { type: 'object', additionalProperties: null }, 'invalid-request'],
  ['what is no schema', { type: 'object', properties: { a: 1 } }, 'invalid-request'],
]
