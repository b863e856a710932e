import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { schemaRule } from '../../src/grammar/schema-rule.ts'
import { otherKey } from '../../src/grammar/other-key.ts'
import { grammarBuilder } from '../../src/grammar/grammar-builder.ts'
import { chances } from '../support/chances.ts'
import { languageOf } from '../support/gbnf.ts'
import { validSchemas, person, refusedSchemas } from '../support/schemas.ts'

const languageFor = (schema: unknown) => languageOf((grammar) => schemaRule(grammar, schema))

it.each(validSchemas)('%s', (_what, schema, valid, invalid) => {
  const isAllowed = languageFor(schema)
  for (const value of valid)
    expect(isAllowed(JSON.stringify(value)), JSON.stringify(value)).toBe(true)
  for (const text of invalid) expect(isAllowed(text), text).toBe(false)
})

it('white space between values is allowed, and bounded', () => {
  const isAllowed = languageFor(person)
  expect(isAllowed('{ "name": "a", "age": 1 }')).toBe(true)
  expect(isAllowed(`{${' '.repeat(30)}"name":"a"}`)).toBe(false)
})

it('two schemas in one grammar keep their properties apart', () => {
  const isAllowed = languageOf((grammar) => {
    const ruleOf = (type: string) =>
      schemaRule(grammar, {
        type: 'object',
        properties: { a: { type } },
        required: ['a'],
        additionalProperties: { type },
      })
    return `${ruleOf('integer')} "," ${ruleOf('boolean')}`
  })
  expect(isAllowed('{"a":1,"b":2},{"a":true,"ab":false}')).toBe(true)
  expect([isAllowed('{"a":1},{"a":1}'), isAllowed('{"a":1},{"a":true,"b":1}')]).toEqual([
    false,
    false,
  ])
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
    const innerObject = { 'object-1': value(types[index % 3]!), b: value(types[(index + 1) % 3]!) }
    const isAllowed = languageFor({ type: 'object', properties })
    expect(
      isAllowed(JSON.stringify({ [name]: [innerObject, {}, { b: innerObject.b }] })),
      name,
    ).toBe(true)
    expect(isAllowed(JSON.stringify({ [name]: [{ 'object-1': innerObject.b }] })), name).toBe(false)
  }
})

it('other keys are all but those that are named, whatever is escaped in them', () => {
  const chance = chances(5)
  const drawKey = () =>
    Array.from({ length: chance.integer(0, 4) }, () =>
      chance.one([...'ab"\\\n\u0001\u001f/é']),
    ).join('')
  const spellKey = (text: string) =>
    [...text]
      .map((character) =>
        chance() < 0.3
          ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
          : JSON.stringify(character).slice(1, -1),
      )
      .join('')
  for (let round = 0; round < 60; round++) {
    const namedKeys = Array.from({ length: chance.integer(1, 5) }, drawKey)
    const isAllowed = languageOf((grammar) => otherKey(grammar, namedKeys))
    for (const key of [...namedKeys, ...Array.from({ length: 60 }, drawKey)]) {
      expect(isAllowed(JSON.stringify(key)), JSON.stringify([key, namedKeys])).toBe(
        !namedKeys.includes(key),
      )
      if (namedKeys.includes(key))
        expect(isAllowed(`"${spellKey(key)}"`), JSON.stringify([key, namedKeys])).toBe(false)
    }
    for (const text of namedKeys.filter((name) => /^[^\\]*"/.test(name)))
      expect(isAllowed(`"${text}"`), text).toBe(false)
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

it.each(refusedSchemas)('%s is refused by name', (_what, schema, code) => {
  let error: unknown
  try {
    schemaRule(grammarBuilder(), schema)
  } catch (caughtError) {
    error = caughtError
  }
  expect(NanoError.is(error) && error.code).toBe(code)
})

describe('any schema', () => {
  const chance = chances(77)

  interface DrawnSchema {
    readonly schema: object
    valid(): unknown
    invalid(): unknown
  }
  const text = (length: number) =>
    Array.from({ length }, () => chance.one([...'ab"\\\n é{}[],:', '\u2028'])).join('')

  const leaves: readonly (() => DrawnSchema)[] = [
    () => {
      const [min, max] = [chance.integer(-50, 20), chance.integer(21, 90)]
      return {
        schema: { type: 'integer', minimum: min, maximum: max },
        valid: () => chance.integer(min, max),
        invalid: () => chance.one([min - 1, max + 1, 'a', 0.5, null]),
      }
    },
    () => {
      const max = chance.integer(1, 5)
      return {
        schema: { type: 'string', minLength: 1, maxLength: max },
        valid: () => text(chance.integer(1, max)),
        invalid: () => chance.one(['', text(max + 1), 1, []]),
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

  function object(depth: number): DrawnSchema {
    const fields = ['a', 'b', 'ab']
      .slice(0, chance.integer(1, 3))
      .map((key) => ({ key, member: drawSchema(depth - 1), required: chance() < 0.5 }))
    const toJson = (readField: (field: (typeof fields)[number], index: number) => unknown) =>
      Object.fromEntries(
        fields
          .map((field, index) => [field.key, readField(field, index)])
          .filter(([, value]) => value !== undefined),
      )
    const valid = () =>
      toJson(({ member, required }) => (required || chance() < 0.5 ? member.valid() : undefined))
    return {
      schema: {
        type: 'object',
        properties: toJson(({ member }) => member.schema),
        required: fields.filter(({ required }) => required).map(({ key }) => key),
        additionalProperties: false,
      },
      valid,
      invalid() {
        const brokenIndex = chance.integer(0, fields.length - 1)
        const missingIndex = fields.findIndex(({ required }) => required)
        const kind = chance()
        if (kind < 0.2) return { ...valid(), c: 1 }
        if (kind < 0.4 && missingIndex >= 0)
          return toJson(({ member }, index) =>
            index === missingIndex ? undefined : member.valid(),
          )
        return toJson(({ member }, index) =>
          index === brokenIndex ? member.invalid() : member.valid(),
        )
      },
    }
  }

  function array(depth: number): DrawnSchema {
    const item = drawSchema(depth - 1)
    const [min, max] = [chance.integer(0, 2), chance.integer(2, 4)]
    const drawItems = (count: number) => Array.from({ length: count }, () => item.valid())
    return {
      schema: { type: 'array', items: item.schema, minItems: min, maxItems: max },
      valid: () => drawItems(chance.integer(min, max)),
      invalid: () =>
        chance() < 0.5 ? drawItems(max + 1) : [item.invalid(), ...drawItems(max - 1)],
    }
  }

  function drawSchema(depth: number): DrawnSchema {
    if (depth === 0 || chance() < 0.3) return chance.one(leaves)()
    return chance() < 0.5 ? object(depth) : array(depth)
  }

  it('holds what is valid, written compactly, and not what is invalid', () => {
    for (let round = 0; round < 150; round++) {
      const { schema, valid, invalid } = drawSchema(3)
      const isAllowed = languageFor(schema)
      for (let sample = 0; sample < 12; sample++) {
        const [validText, invalidText] = [JSON.stringify(valid()), JSON.stringify(invalid())]
        expect(isAllowed(validText), `${JSON.stringify(schema)} holds ${validText}`).toBe(true)
        expect(
          isAllowed(invalidText),
          `${JSON.stringify(schema)} does not hold ${invalidText}`,
        ).toBe(false)
      }
    }
  })
})
