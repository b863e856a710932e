import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { schemaRule } from '../../src/grammar/schema-rule.ts'
import { otherKey } from '../../src/grammar/other-key.ts'
import { grammarBuilder } from '../../src/grammar/grammar-builder.ts'
import { chances } from '../support/chances.ts'
import { languageOf } from '../support/gbnf.ts'
import { held, person, refused } from '../support/schemas.ts'

const languageFor = (schema: unknown) => languageOf((grammar) => schemaRule(grammar, schema))

it.each(held)('%s', (_what, schema, valid, invalid) => {
  const holds = languageFor(schema)
  for (const value of valid) expect(holds(JSON.stringify(value)), JSON.stringify(value)).toBe(true)
  for (const text of invalid) expect(holds(text), text).toBe(false)
})

it('white space between values is allowed, and bounded', () => {
  const holds = languageFor(person)
  expect(holds('{ "name": "a", "age": 1 }')).toBe(true)
  expect(holds(`{${' '.repeat(30)}"name":"a"}`)).toBe(false)
})

it('two schemas in one grammar keep their properties apart', () => {
  const holds = languageOf((grammar) => {
    const of = (type: string) =>
      schemaRule(grammar, {
        type: 'object',
        properties: { a: { type } },
        required: ['a'],
        additionalProperties: { type },
      })
    return `${of('integer')} "," ${of('boolean')}`
  })
  expect(holds('{"a":1,"b":2},{"a":true,"ab":false}')).toBe(true)
  expect([holds('{"a":1},{"a":1}'), holds('{"a":1},{"a":true,"b":1}')]).toEqual([false, false])
})

it('properties that are named as rules are do not take their place', () => {
  const names = [
    'object',
    'object-0',
    'object-1',
    'object-1-next',
    'object-2',
    'key',
    'key-0',
    'more',
    'item',
    'any',
    '1',
    '',
  ]
  const types = ['integer', 'boolean', 'null']
  const properties = Object.fromEntries(
    names.map((name, index) => [
      name,
      {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            'object-1': { type: types[index % 3] },
            b: { type: types[(index + 1) % 3] },
          },
        },
      },
    ]),
  )
  const value = (type: string) => ({ integer: 1, boolean: true })[type] ?? null
  // Keys that are integers come first in an object of JavaScript, in the schema too.
  for (const [index, name] of names.entries()) {
    const inner = { 'object-1': value(types[index % 3]!), b: value(types[(index + 1) % 3]!) }
    const holds = languageFor({ type: 'object', properties })
    expect(holds(JSON.stringify({ [name]: [inner, {}, { b: inner.b }] })), name).toBe(true)
    expect(holds(JSON.stringify({ [name]: [{ 'object-1': inner.b }] })), name).toBe(false)
  }
})

it('other keys are all but those that are named, whatever is escaped in them', () => {
  const chance = chances(5)
  const key = () =>
    Array.from({ length: chance.integer(0, 4) }, () => chance.one([...'ab"\\\n/é'])).join('')
  const spelled = (text: string) =>
    [...text]
      .map((character) =>
        chance() < 0.3
          ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
          : JSON.stringify(character).slice(1, -1),
      )
      .join('')
  for (let round = 0; round < 60; round++) {
    const named = Array.from({ length: chance.integer(1, 5) }, key)
    const holds = languageOf((grammar) => otherKey(grammar, named))
    for (const other of [...named, ...Array.from({ length: 60 }, key)]) {
      expect(holds(JSON.stringify(other)), JSON.stringify([other, named])).toBe(
        !named.includes(other),
      )
      if (named.includes(other))
        expect(holds(`"${spelled(other)}"`), JSON.stringify([other, named])).toBe(false)
    }
    for (const text of named.filter((name) => /^[^\\]*"/.test(name)))
      expect(holds(`"${text}"`), text).toBe(false)
  }
})

it('what is wrong is said with its keyword, its value and its place', () => {
  const schema = {
    type: 'object',
    properties: { list: { type: 'array', items: { type: 'string', minLength: -2 } } },
  }
  expect(() => schemaRule(grammarBuilder(), schema)).toThrow(
    'the schema at value-list-item has the minLength -2, and needs a whole number of 0 or more',
  )
})

it.each(refused)('%s is refused by name', (_what, schema, code) => {
  let error: unknown
  try {
    schemaRule(grammarBuilder(), schema)
  } catch (thrown) {
    error = thrown
  }
  expect(NanoError.is(error) && error.code).toBe(code)
})

describe('any schema', () => {
  const chance = chances(77)

  interface Made {
    readonly schema: object
    valid(): unknown
    invalid(): unknown
  }
  const text = (length: number) =>
    Array.from({ length }, () => chance.one([...'ab"\\\n é{}[],:', '\u2028'])).join('')

  const leaves: readonly (() => Made)[] = [
    () => {
      const [least, most] = [chance.integer(-50, 20), chance.integer(21, 90)]
      return {
        schema: { type: 'integer', minimum: least, maximum: most },
        valid: () => chance.integer(least, most),
        invalid: () => chance.one([least - 1, most + 1, 'a', 0.5, null]),
      }
    },
    () => {
      const most = chance.integer(1, 5)
      return {
        schema: { type: 'string', minLength: 1, maxLength: most },
        valid: () => text(chance.integer(1, most)),
        invalid: () => chance.one(['', text(most + 1), 1, []]),
      }
    },
    () => ({
      schema: { type: 'boolean' },
      valid: () => chance() < 0.5,
      invalid: () => chance.one(['true', 1, null]),
    }),
    () => ({
      schema: { enum: ['x', 3, null] },
      valid: () => chance.one(['x', 3, null]),
      invalid: () => chance.one(['y', 4, false]),
    }),
    () => ({
      schema: { type: 'number', exclusiveMinimum: 0 },
      valid: () => chance.integer(1, 999_999) / 1000,
      invalid: () => chance.one([0, -1, -0.5, '1']),
    }),
  ]

  function object(depth: number): Made {
    const fields = ['a', 'b', 'ab']
      .slice(0, chance.integer(1, 3))
      .map((key) => ({ key, made: made(depth - 1), required: chance() < 0.5 }))
    const toJson = (of: (field: (typeof fields)[number], index: number) => unknown) =>
      Object.fromEntries(
        fields
          .map((field, index) => [field.key, of(field, index)])
          .filter(([, value]) => value !== undefined),
      )
    const valid = () =>
      toJson(({ made, required }) => (required || chance() < 0.5 ? made.valid() : undefined))
    return {
      schema: {
        type: 'object',
        properties: toJson(({ made }) => made.schema),
        required: fields.filter(({ required }) => required).map(({ key }) => key),
        additionalProperties: false,
      },
      valid,
      invalid() {
        const broken = chance.integer(0, fields.length - 1)
        const missing = fields.findIndex(({ required }) => required)
        const kind = chance()
        if (kind < 0.2) return { ...valid(), c: 1 }
        if (kind < 0.4 && missing >= 0)
          return toJson(({ made }, index) => (index === missing ? undefined : made.valid()))
        return toJson(({ made }, index) => (index === broken ? made.invalid() : made.valid()))
      },
    }
  }

  function array(depth: number): Made {
    const item = made(depth - 1)
    const [least, most] = [chance.integer(0, 2), chance.integer(2, 4)]
    const some = (count: number) => Array.from({ length: count }, () => item.valid())
    return {
      schema: { type: 'array', items: item.schema, minItems: least, maxItems: most },
      valid: () => some(chance.integer(least, most)),
      invalid: () => (chance() < 0.5 ? some(most + 1) : [item.invalid(), ...some(most - 1)]),
    }
  }

  function made(depth: number): Made {
    if (depth === 0 || chance() < 0.3) return chance.one(leaves)()
    return chance() < 0.5 ? object(depth) : array(depth)
  }

  it('holds what is valid, written compactly, and not what is invalid', () => {
    for (let round = 0; round < 150; round++) {
      const { schema, valid, invalid } = made(3)
      const holds = languageFor(schema)
      for (let sample = 0; sample < 12; sample++) {
        const [good, bad] = [JSON.stringify(valid()), JSON.stringify(invalid())]
        expect(holds(good), `${JSON.stringify(schema)} holds ${good}`).toBe(true)
        expect(holds(bad), `${JSON.stringify(schema)} does not hold ${bad}`).toBe(false)
      }
    }
  })
})
