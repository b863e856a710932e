import { expect, it } from 'vitest'
import { longestTurn } from '../../../../test/shared/longest-turn.ts'
import { jsonSchemaChecker, jsonSchemaCheckerSteps } from '../../src/schema/json-schema.ts'

type Schema = Parameters<typeof jsonSchemaChecker>[0]

it.each<[what: string, schema: Schema, text: string]>([
  ['a pattern with many ways', { pattern: '^(a+)+$' }, JSON.stringify(`${'a'.repeat(5_000)}!`)],
  [
    'references that meet again and again',
    {
      $ref: '#/$defs/a0',
      $defs: {
        ...Object.fromEntries(
          Array.from({ length: 30 }, (_, index) => {
            const next = { $ref: `#/$defs/a${index + 1}` }
            return [`a${index}`, { anyOf: [next, { allOf: [next, next] }] }]
          }),
        ),
        a30: { type: 'string' },
      },
    },
    '1',
  ],
  ['a hundred thousand values', { enum: Array.from({ length: 100_000 }, (_, i) => i) }, '-1'],
  [
    'a hundred thousand constants',
    { anyOf: Array.from({ length: 100_000 }, (_, i) => ({ const: i })) },
    '-1',
  ],
  [
    'a list that is to have nothing twice',
    { uniqueItems: true },
    JSON.stringify([...Array(50_000).keys(), 1]),
  ],
  ['a value that is deeper than the stack', { items: { $ref: '#' } }, '['.repeat(50_000)],
])('%s is checked in time', (_what, schema, text) => {
  const startedAt = performance.now()
  expect(jsonSchemaChecker(schema, 'driver')(text)).toBeDefined()
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})

it('what no constant of many is, names the first, and its place', () => {
  const schema = { properties: { a: { anyOf: [{ const: 1 }, { const: 2 }] } } }
  const fault = jsonSchemaChecker(schema, 'driver')('{"a": 3}')
  expect(fault?.forLogs).toContain('#/properties/a/anyOf/0/const')
  expect(fault?.forModel).toContain('/a: ')
})

const list = (count: number) => Array.from({ length: count }, (_, index) => index)

it.each<[what: string, schema: Schema]>([
  ['a hundred thousand constants', { anyOf: list(100_000).map((index) => ({ const: index })) }],
  [
    'a reference to them',
    {
      $ref: '#/$defs/any',
      $defs: { any: { anyOf: list(100_000).map((index) => ({ const: index })) } },
    },
  ],
  [
    'a hundred thousand branches beside a reference',
    {
      $ref: '#/$defs/any',
      anyOf: list(100_000).map((index) => ({ type: 'string', minLength: index })),
      $defs: { any: true },
    },
  ],
])('%s are read in short turns', (_what, schema) => {
  expect(longestTurn(() => jsonSchemaCheckerSteps(schema, 'driver'))).toBeLessThan(20)
})

it('a schema that was read is not read again, unless more is asked of it', () => {
  const schema = { properties: { a: { type: 'string' } } }
  const isReadAtOnce = (options: object) =>
    jsonSchemaCheckerSteps(schema, 'driver', options).next().done === true
  expect(isReadAtOnce({})).toBe(false)
  jsonSchemaChecker(schema, 'driver')
  expect([isReadAtOnce({}), isReadAtOnce({ isStrict: true })]).toEqual([true, false])
})

const texts = (count: number) => list(count).map((index) => `text ${index}`)
const record = (names: readonly string[], value: unknown) =>
  Object.fromEntries(names.map((name) => [name, value]))

it.each<[what: string, schema: Schema, value: unknown]>([
  ['names that match no pattern', { patternProperties: record(texts(99), true) }, { a: 1 }],
  ['names that are required', { required: texts(1_000) }, {}],
  [
    'names that another requires',
    { dependentRequired: { a: texts(999) } },
    record(['a', ...texts(998)], 1),
  ],
  ['long items that are to differ', { uniqueItems: true }, [list(1_000), list(999)]],
  ['choices that are objects', { enum: list(1_000).map((a) => ({ a })) }, { a: 999 }],
])('%s: steps end by what was compared', (_what, schema, value) => {
  const { checkValueInSteps } = jsonSchemaChecker(schema, 'driver')
  expect(countSteps(checkValueInSteps(value))).toBeGreaterThan(1)
})

it('the choices of an enum are read once, in steps, with the schema', () => {
  const schema = { items: { enum: texts(10_000) } }
  expect(countSteps(jsonSchemaCheckerSteps(schema, 'driver'))).toBeGreaterThan(10)
  const { checkValueInSteps } = jsonSchemaChecker(schema, 'driver')
  expect(countSteps(checkValueInSteps(texts(50)))).toBeLessThan(5)
})

it('a choice of an enum is found whatever its type', () => {
  const check = jsonSchemaChecker({ enum: ['1', 0, null, [1], { a: 1, b: [] }] }, 'driver')
  for (const text of ['"1"', '-0', 'null', '[1]', '{"b": [], "a": 1}'])
    expect(check(text)).toBeUndefined()
  for (const text of ['1', '"0"', 'false', '["1"]', '{"a": 1}']) expect(check(text)).toBeDefined()
})

function countSteps(steps: Iterator<unknown>): number {
  let count = 1
  while (!steps.next().done) count++
  return count
}
