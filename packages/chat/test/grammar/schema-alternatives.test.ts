import { expect, it } from 'vitest'
import { expectJudgement, openLanguage } from '../support/schema-judgement.ts'

it.each<[what: string, schema: object, valid: readonly unknown[], invalid: readonly unknown[]]>([
  [
    'one of two names',
    {
      type: 'object',
      properties: { a: {}, b: {} },
      oneOf: [{ required: ['a'] }, { required: ['b'] }],
    },
    [{ a: 1 }, { b: 1, c: 1 }],
    [{}, { a: 1, b: 1 }],
  ],
  [
    'one of two pairs of names',
    { type: 'object', oneOf: [{ required: ['a', 'b'] }, { required: ['a', 'c'] }] },
    [{ a: 1, b: 1 }],
    [{ a: 1 }, { a: 1, b: 1, c: 1 }],
  ],
  [
    'one of two lengths',
    { type: 'string', oneOf: [{ minLength: 2 }, { maxLength: 4 }] },
    ['', 'abcde'],
    ['ab', 'abcd'],
  ],
  ['what only the empty schema allows', { oneOf: [{ type: 'number' }, {}] }, ['a', null], [1, 1.5]],
])('a value holds to exactly one schema of oneOf: %s', (_what, schema, valid, invalid) => {
  expectJudgement(schema, valid, invalid)
})

it('each of many schemas of oneOf is held to where a required name tells them apart', () => {
  const kinds = ['Point', 'Line', 'Ring', 'Polygon', 'Points', 'Lines', 'Polygons', 'All']
  const isAllowed = openLanguage({
    type: 'object',
    required: ['type'],
    properties: { type: { type: 'string' } },
    oneOf: kinds.map((kind) => ({
      required: ['at'],
      properties: { type: { enum: [kind] }, at: { const: kind.length } },
    })),
  })
  for (const kind of kinds) {
    expect(isAllowed(JSON.stringify({ type: kind, at: kind.length })), kind).toBe(true)
    expect(isAllowed(JSON.stringify({ type: kind, at: kind.length + 1 })), kind).toBe(false)
  }
  expect(isAllowed('{"type":"Other","at":5}')).toBe(false)
})

it('oneOf whose schemas exclude what is required is read as anyOf', () => {
  const isAllowed = openLanguage({
    type: 'object',
    required: ['a', 'b'],
    oneOf: [{ required: ['a'] }, { required: ['b'] }],
  })
  expect([isAllowed('{"a":1,"b":1}'), isAllowed('{"a":1}')]).toEqual([true, false])
})

it.each<[what: string, schema: object, valid: readonly unknown[], invalid: readonly unknown[]]>([
  [
    'dependentSchemas',
    {
      type: 'object',
      properties: { card: { type: 'string' }, address: { type: 'string' } },
      dependentSchemas: { card: { required: ['address'] } },
    },
    [{ card: '1', address: 'a' }, { address: 'a' }, {}],
    [{ card: '1' }],
  ],
  [
    'dependentRequired, beside other types',
    { dependentRequired: { a: ['b', 'c'] } },
    [{ a: 1, b: 1, c: 1 }, { b: 1 }, 'a', 7],
    [{ a: 1, b: 1 }, { a: 1 }],
  ],
  [
    'dependencies of earlier drafts',
    { type: 'object', dependencies: { a: ['b'], c: { maxProperties: 0 }, d: true } },
    [{ b: 1 }, { a: 1, b: 1 }, { d: 1 }],
    [{ a: 1 }, { c: 1 }],
  ],
])('a name needs what depends on it: %s', (_what, schema, valid, invalid) => {
  expectJudgement(schema, valid, invalid)
})
