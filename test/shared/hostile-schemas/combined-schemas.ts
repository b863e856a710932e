import { type HostileSchema, list, nameOf, nest } from './parts.ts'

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

/** Schemas that small ones make large: by their depth, by references, by what they combine. */
export const combinedSchemas: readonly HostileSchema[] = [
  ['lists in lists, 10,000 deep', () => nest(10_000, (items) => ({ type: 'array', items }))],
  [
    'an optional second property, 200 deep',
    () => nest(200, (b) => ({ type: 'object', properties: { a: { type: 'null' }, b } })),
  ],
  [
    'an optional second property, 14 deep, in open objects',
    () =>
      nest(14, (b) => ({
        type: 'object',
        properties: { a: { type: 'null' }, b },
        additionalProperties: true,
      })),
  ],
  ['a diamond of allOf', () => diamond('allOf')],
  ['a diamond of anyOf', () => diamond('anyOf')],
  ['100,000 texts', () => ({ enum: list(100_000).map((index) => `value ${index}`) })],
  ['100,000 constants', () => ({ anyOf: list(100_000).map((index) => ({ const: index })) })],
  [
    '50,000 constants of one type',
    () => ({ type: 'string', anyOf: list(50_000).map((index) => ({ const: `value ${index}` })) }),
  ],
  [
    '5,000 properties',
    () => ({
      type: 'object',
      properties: Object.fromEntries(list(5_000).map((index) => [`name${index}`, {}])),
      additionalProperties: true,
    }),
  ],
  [
    'a long name, and one in Chinese',
    () => ({
      type: 'object',
      properties: { ['a'.repeat(100_000)]: {}, ['漢'.repeat(1_000)]: {} },
      additionalProperties: true,
    }),
  ],
  [
    'a tuple of 5,000',
    () => ({ type: 'array', prefixItems: list(5_000).map(() => ({ type: 'null' })) }),
  ],
  ['a million items', () => ({ type: 'array', minItems: 1_000_000, items: { type: 'null' } })],
  ['a large repetition', () => ({ type: 'string', pattern: '^((a{1,999}){1,999}){1,999}$' })],
  [
    'many combinations',
    () => ({
      allOf: list(20).map((index) => ({
        anyOf: [{ required: [`a${index}`] }, { minProperties: index }],
      })),
    }),
  ],
  [
    'many names that need others',
    () => ({
      type: 'object',
      properties: Object.fromEntries(list(200).map((index) => [nameOf(index), {}])),
      dependentRequired: Object.fromEntries(list(100).map((index) => [nameOf(index), ['a']])),
    }),
  ],
  [
    'many patterns of names beside many names',
    () => ({
      type: 'object',
      properties: Object.fromEntries(list(100).map((index) => [nameOf(index), {}])),
      patternProperties: Object.fromEntries(
        list(50).map((index) => [`(a?b?c?[a-z]?){1,${index + 1}}x${index}$`, {}]),
      ),
      additionalProperties: true,
    }),
  ],
  [
    'not of a thousand schemas, each of a thousand',
    () => ({
      not: {
        anyOf: list(1_000).map((index) => ({
          allOf: list(1_000).map((part) => ({ required: [`a${index}-${part}`] })),
        })),
      },
    }),
  ],
  [
    'a chain of 300 conditions',
    () =>
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
    () => ({
      type: 'object',
      allOf: list(1_000).map((index) => ({ not: { required: [nameOf(index)] } })),
    }),
  ],
  [
    '20,000 branches beside 100 schemas',
    () => ({
      allOf: [
        { anyOf: list(20_000).map((index) => ({ properties: { [nameOf(index)]: {} } })) },
        ...list(100).map((index) => ({ required: [nameOf(index)] })),
      ],
    }),
  ],
  [
    'properties that are excluded one by one',
    () => ({
      type: 'object',
      properties: Object.fromEntries(list(100).map((index) => [nameOf(index), { type: 'string' }])),
      not: {
        properties: Object.fromEntries(
          list(100).map((index) => [nameOf(index + 1), { type: 'string' }]),
        ),
      },
      additionalProperties: true,
    }),
  ],
  ['not in not, 10,000 deep', () => nest(10_000, (not) => ({ minLength: 1, not }))],
]
