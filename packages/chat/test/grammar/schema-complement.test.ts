import { validator } from '@nano/core/driver'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { openObjects } from '../../../core/src/schema/open-objects.ts'
import { schemaRule } from '../../src/grammar/schema-rule.ts'
import { chances } from '../support/chances.ts'
import { drawSchema, drawValue } from '../support/drawn-schema.ts'
import { languageOf } from '../support/gbnf.ts'
import { expectJudgement, openLanguage } from '../support/schema-judgement.ts'
import { schemaOrder } from '../support/schema-order.ts'

const string = { type: 'string' }
const integer = { type: 'integer' }

/** The grammar of a schema with open objects: whether a text is in it. */
it.each<[what: string, schema: object, valid: readonly unknown[], invalid: readonly unknown[]]>([
  ['no text', { not: string }, [1, null, {}, []], ['', 'a']],
  ['no integer', { not: integer }, [1.5, -0.25, 1e-7, 'a', null], [1, 0, -7]],
  ['neither of two types', { not: { anyOf: [string, { type: 'null' }] } }, [1, []], ['a', null]],
  [
    'no text of some',
    { type: 'string', not: { enum: ['a', 'ab', 1] } },
    ['', 'b', 'abc', '\u0001', '"'],
    ['a', 'ab'],
  ],
  ['not this text', { type: ['string', 'null'], not: { const: 'a' } }, ['b', null], ['a']],
  ['no null', { type: ['null', 'boolean'], not: { const: null } }, [true, false], [null]],
  ['not true', { type: 'boolean', not: { const: true } }, [false], [true]],
  [
    'no object with a name',
    { type: 'object', not: { required: ['a'] } },
    [{}, { b: 1 }],
    [{ a: 1 }, { b: 1, a: 1 }],
  ],
  [
    'no object with two names at once',
    { type: 'object', not: { required: ['a', 'b'] } },
    [{}, { a: 1 }, { b: 1, c: 1 }],
    [
      { a: 1, b: 1 },
      { c: 1, a: 1, b: 1 },
    ],
  ],
  [
    'no object with one of two names',
    { type: 'object', not: { anyOf: [{ required: ['a'] }, { required: ['b'] }] } },
    [{}, { c: 1 }],
    [{ a: 1 }, { b: 1 }],
  ],
  [
    'not both keywords together',
    { not: { type: 'object', properties: { foo: string } } },
    [1, 'a', { foo: 1 }],
    [{}, { foo: 'a' }, { bar: 1 }],
  ],
  [
    'a property that has another value, or lacks',
    { type: 'object', not: { properties: { a: { const: 'x' } }, required: ['a'] } },
    [{}, { a: 'y' }, { b: 1 }],
    [{ a: 'x' }],
  ],
  ['not over a limit', { type: 'number', not: { minimum: 5 } }, [4.5, -1], [5, 6]],
  [
    'not over a limit of draft 4',
    { type: 'integer', not: { minimum: 5, exclusiveMinimum: true } },
    [5, 4],
    [6],
  ],
  ['not long', { type: 'string', not: { minLength: 3 } }, ['', 'ab'], ['abc']],
  ['not few', { type: 'array', not: { maxItems: 1 } }, [[1, 2]], [[], [1]]],
  ['only texts without a pattern', { not: { pattern: '^a' } }, ['b'], [1, null, {}]],
  ['what is not excluded', { not: { not: integer } }, [1], ['a', 1.5, {}]],
  [
    'not a referred schema',
    { not: { $ref: '#/$defs/text' }, $defs: { text: { allOf: [string, { minLength: 1 }] } } },
    ['', 1],
    ['a'],
  ],
  [
    'not what a condition says',
    { not: { if: string, then: { maxLength: 2 }, else: integer } },
    ['abc', 1.5, null],
    ['ab'],
  ],
])('not: %s', (_what, schema, valid, invalid) => expectJudgement(schema, valid, invalid))

it('the branches of a condition are held to it, one kind after the other', () => {
  const kinds = Array.from({ length: 20 }, (_, index) => `kind${index}`)
  const schema = {
    type: 'object',
    properties: { kind: { enum: kinds } },
    required: ['kind'],
    allOf: kinds.map((kind) => ({
      if: { properties: { kind: { const: kind } } },
      then: { required: [`${kind}-size`] },
    })),
  }
  const isAllowed = openLanguage(schema)
  for (const kind of kinds) {
    expect(isAllowed(JSON.stringify({ kind, [`${kind}-size`]: 1 })), kind).toBe(true)
    expect(isAllowed(JSON.stringify({ kind, 'kind-size': 1 })), kind).toBe(false)
  }
})

it('what a condition does not hold of is held to else, and to the contrary', () => {
  const isAllowed = openLanguage({
    type: 'object',
    required: ['country'],
    if: { properties: { country: { const: 'US' } } },
    then: { properties: { code: { type: 'integer' } } },
    else: { properties: { code: { type: 'string' } } },
  })
  expect(isAllowed('{"country":"US","code":12}')).toBe(true)
  expect(isAllowed('{"country":"CA","code":"K1"}')).toBe(true)
  expect(isAllowed('{"country":"US","code":"K1"}')).toBe(false)
  expect(isAllowed('{"country":"CA","code":12}')).toBe(false)
})

it('an exclusion closes no object and opens none', () => {
  const languageFor = (schema: object) => {
    return languageOf((grammar) => schemaRule(grammar, schema))
  }
  const not = { required: ['a', 'b'] }
  const isAllowed = languageFor({ type: 'object', not })
  expect([isAllowed('{"c":1}'), isAllowed('{"a":1,"b":1}')]).toEqual([true, false])
  const isClosed = languageFor({ type: 'object', properties: { a: {}, b: {} }, not })
  expect([isClosed('{"a":1}'), isClosed('{"b":1}'), isClosed('{"c":1}')]).toEqual([
    true,
    true,
    false,
  ])
})

it('what a schema refers to without end is excluded without end', () => {
  const schema = {
    type: 'object',
    properties: { a: { $ref: '#' } },
    not: { properties: { a: { $ref: '#' } }, required: ['b'] },
  }
  const isAllowed = openLanguage(schema)
  expect([isAllowed('{"a":{"a":{}}}'), isAllowed('{"b":1}')]).toEqual([true, false])
})

it('every value that no drawn schema allows is allowed by the grammar of not', () => {
  let allowedCount = 0
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
      const chance = chances(seed)
      const [first, second] = [drawSchema(chance), drawSchema(chance)]
      const schema = chance.one<object>([
        { not: first },
        { not: { allOf: [first, second] } },
        { not: { anyOf: [first, second] } },
        { not: { properties: { a: first, b: second }, required: ['b', 'ab'] } },
        { if: first, else: second },
        { allOf: [{ if: first, then: second }], not: { if: second, then: first, else: false } },
      ])
      const root = { ...schema, $defs: { one: { items: first }, two: { $anchor: 'two' } } }
      const validate = validator(root)
      const values = Array.from({ length: 30 }, () => drawValue(chance))
      const valid = values.filter((value) => validate(value).length === 0)
      if (valid.length === 0) return
      const isAllowed = openLanguage(root)
      const order = schemaOrder(openObjects(root))
      for (const value of valid) {
        const json = JSON.stringify(order(value))
        expect(isAllowed(json), `${json} ${JSON.stringify(root)}`).toBe(true)
      }
      allowedCount += valid.length
    }),
    { numRuns: 300 },
  )
  expect(allowedCount).toBeGreaterThan(300)
})
