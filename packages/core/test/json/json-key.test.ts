import { expect, it } from 'vitest'
import { countTurns } from '../../../../test/shared/count-turns.ts'
import { longestTurn } from '../../../../test/shared/longest-turn.ts'
import { findJsonKey } from '../../src/json/json-key.ts'
import { runInTurns, runSteps } from '../../src/schema/steps.ts'

const keyOf = (value: unknown) => runSteps(findJsonKey(value))
const part = { b: 1 }

it.each<[what: string, a: unknown, b: unknown]>([
  ['that is one object, or two alike', [part, part], [{ b: 1 }, { b: 1 }]],
  ['without what is undefined', { a: part, c: undefined }, { a: part }],
])('a part %s has the same key', (_what, a, b) => {
  expect(keyOf(a)).toBe(keyOf(b))
})

it('JSON that differs, if only in the order of names, has another key', () => {
  const values = [
    null,
    1,
    '1',
    '@0',
    [],
    {},
    [[]],
    [{}],
    [[], []],
    ['@0', []],
    [[], '@0'],
    { a: 1, b: 2 },
    { b: 2, a: 1 },
    { a: [], b: {} },
    { a: {}, b: [] },
    { a: 1, b: '2' },
    [[1], [2], [1]],
    [[1], [2], [2]],
    'a\nb',
    ['a', 'b'],
  ]
  expect(new Set(values.map(keyOf)).size).toBe(values.length)
})

it('a schema with the same part twice in each of 1,000 levels has a short key', () => {
  let schema: unknown = {}
  for (let level = 0; level < 1_000; level++) schema = { anyOf: [schema, schema] }
  expect(keyOf(schema).length).toBeLessThan(30_000)
})

it('the key of 100,000 constants is found in short turns', async () => {
  const constants = Array.from({ length: 100_000 }, (_, index) => ({ const: index }))
  expect(await countTurns(() => runInTurns(findJsonKey(constants)))).toBeGreaterThan(3)
  expect(longestTurn(() => findJsonKey(constants))).toBeLessThan(20)
})
