import { type HostileSchema, list, nameOf, nest, wideObject } from './parts.ts'

/** A closed object that needs these names. */
function objectOf(names: readonly string[]): object {
  const properties = Object.fromEntries(names.map((name) => [name, { type: 'string' }]))
  return { type: 'object', properties, required: names }
}

function fields(count: number, describe: (index: number) => object): object {
  return Object.fromEntries(list(count).map((index) => [nameOf(index), describe(index)]))
}

const longName = (index: number) => `${'漢'.repeat(1_000)}${index}`

/** A number that has little in common with that of the next index. */
function scatter(index: number): number {
  return ((index * 48_271 + 12_345) % 2_147_483_647 ** 2) % 999_999_937
}

const starOf = (index: number) => `${String.fromCodePoint(0x4e00 + index)}*c?`
const countOf = (index: number) => `(${starOf(index)}d){3,250}`

function enumOfWords(seed: number): object {
  return { enum: list(10_000).map((index) => scatter(seed * 10_000 + index).toString(36)) }
}

/** Schemas with more values, names, items or branches than a grammar has room for. */
export const largeSchemas: readonly HostileSchema[] = [
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
  [
    'a repeated group of 1,400 repetitions',
    () => ({ type: 'string', pattern: `^(${list(700).map(starOf).join('')}x)+$` }),
  ],
  [
    'a repeated group of 12 repetitions with counts',
    () => ({ type: 'string', pattern: `^(${list(12).map(countOf).join('')}x)*$` }),
  ],
  ['a pattern of 900 sets', () => ({ type: 'string', pattern: `^${'[^a]'.repeat(900)}$` })],
  [
    '20,000 texts with 10,000 first characters',
    () => ({ enum: list(20_000).map((i) => String.fromCodePoint(0x4e00 + (i % 10_000)) + i) }),
  ],
  [
    'texts that part late, and 100,000 behind them',
    () => ({
      enum: [
        ...list(45).map((count) => `${'a'.repeat(count)}b`),
        ...list(100_000).map((index) => 'a'.repeat(60) + scatter(index)),
      ],
    }),
  ],
  ['5,000 properties with names of 1,000 characters', () => objectOf(list(5_000).map(longName))],
  [
    'the same beside others',
    () => ({ ...objectOf(list(5_000).map(longName)), additionalProperties: true }),
  ],
  [
    '5,000 names in Chinese beside others',
    () => ({
      ...objectOf(list(5_000).map((index) => `${'漢字'.repeat(10)}${index}`)),
      additionalProperties: { type: 'string' },
    }),
  ],
  [
    '3,000 patterns of names',
    () => ({
      type: 'object',
      patternProperties: Object.fromEntries(
        list(3_000).map((index) => [`^a${index}$`, { type: 'object', minProperties: index }]),
      ),
    }),
  ],
  [
    '20,000 schemas that hold together',
    () => ({ allOf: list(20_000).map((minimum) => ({ minimum })) }),
  ],
  [
    'one of 120 objects with 200 objects each',
    () => ({
      type: 'object',
      anyOf: list(120).map((a) => ({
        properties: Object.fromEntries(list(200).map((b) => [nameOf(b), objectOf([`x${a}-${b}`])])),
      })),
    }),
  ],
  [
    'a list of 1,400 kinds of objects',
    () => ({
      type: 'array',
      items: {
        anyOf: list(1_400).map((index) => ({
          type: 'object',
          properties: { kind: { const: nameOf(index) }, [`v${index}`]: { minimum: index } },
          required: ['kind', `v${index}`],
        })),
      },
    }),
  ],
]
