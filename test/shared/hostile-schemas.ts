/** A schema around another, so many times. */
export function nest(depth: number, wrapSchema: (innerSchema: object) => object): object {
  let schema: object = { type: 'string' }
  for (let level = 0; level < depth; level++) schema = wrapSchema(schema)
  return schema
}

export const list = (count: number) => Array.from({ length: count }, (_, index) => index)

export const nameOf = (index: number) => `name${index}`

/** An object with 5,000 properties. */
export function wideObject(keywords: object): object {
  const properties = Object.fromEntries(list(5_000).map((index) => [nameOf(index), {}]))
  return { type: 'object', properties, ...keywords }
}

/** A closed object that needs these names. */
function objectOf(names: readonly string[]): object {
  const properties = Object.fromEntries(names.map((name) => [name, { type: 'string' }]))
  return { type: 'object', properties, required: names }
}

function fields(count: number, describe: (index: number) => object): object {
  return Object.fromEntries(list(count).map((index) => [nameOf(index), describe(index)]))
}

/** A number that has little in common with that of the next index. */
function scatter(index: number): number {
  return ((index * 48_271 + 12_345) % 2_147_483_647 ** 2) % 999_999_937
}

function enumOfWords(seed: number): object {
  return { enum: list(10_000).map((index) => scatter(seed * 10_000 + index).toString(36)) }
}

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

/** Schemas that are large, or that small ones make large, each with its name. */
export const hostileSchemas: readonly (readonly [what: string, buildSchema: () => object])[] = [
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
    '100,000 constants of one type',
    () => ({ type: 'string', anyOf: list(100_000).map((index) => ({ const: `value ${index}` })) }),
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
  ['100,000 numbers that have nothing in common', () => ({ enum: list(100_000).map(scatter) })],
  ['100,000 objects', () => ({ enum: list(100_000).map((a) => ({ a, b: `b${a}` })) })],
  ['10 enums of 10,000 texts', () => ({ type: 'object', properties: fields(10, enumOfWords) })],
  ['5,000 required properties', () => wideObject({ required: list(5_000).map(nameOf) })],
  [
    '5,000 required properties beside others',
    () => wideObject({ required: list(5_000).map(nameOf), additionalProperties: true }),
  ],
  [
    '5,000 required properties with long names in Chinese',
    () => objectOf(list(5_000).map((index) => `${'漢字'.repeat(20)}${index}`)),
  ],
  ['20,000 properties', () => objectOf(list(20_000).map(nameOf))],
  [
    '5,000 texts, each of another length',
    () => ({
      type: 'object',
      properties: fields(5_000, (maxLength) => ({ type: 'string', maxLength })),
    }),
  ],
  [
    'a tuple of 100,000 lists',
    () => ({
      type: 'array',
      minItems: 100_000,
      prefixItems: list(100_000).map((index) => ({ type: 'array', items: { const: index } })),
    }),
  ],
  [
    'one of 1,000 objects',
    () => ({ anyOf: list(1_000).map((index) => objectOf([nameOf(index)])) }),
  ],
  [
    'one of 5,000 objects',
    () => ({ anyOf: list(5_000).map((index) => objectOf([nameOf(index)])) }),
  ],
  [
    'one of 5,000 objects, told apart by a name',
    () => ({
      oneOf: list(5_000).map((index) => ({
        type: 'object',
        properties: { kind: { const: nameOf(index) }, value: { type: 'string' } },
        required: ['kind', 'value'],
      })),
    }),
  ],
  [
    'one of 50 that are one of 50 that are one of 10 objects',
    () => ({
      anyOf: list(50).map((a) => ({
        anyOf: list(50).map((b) => ({
          anyOf: list(10).map((c) => objectOf([`${nameOf(a)}-${b}-${c}`])),
        })),
      })),
    }),
  ],
  [
    'one of 5,000 patterns',
    () => ({ anyOf: list(5_000).map((index) => ({ type: 'string', pattern: `^a${index}` })) }),
  ],
  [
    'objects in objects, 10,000 deep',
    () => nest(10_000, (b) => ({ type: 'object', properties: { a: { type: 'null' }, b } })),
  ],
  [
    'a pattern of 4,000 characters',
    () => ({ type: 'string', pattern: `^${'abc[de]f?'.repeat(444)}$` }),
  ],
  [
    'a pattern of 10,000 characters',
    () => ({ type: 'string', pattern: `^${'abc[de]f?'.repeat(1_111)}$` }),
  ],
  ['a pattern of 900 sets', () => ({ type: 'string', pattern: `^${'[^a]'.repeat(900)}$` })],
]
