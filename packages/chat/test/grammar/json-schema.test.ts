import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { schemaRule } from '../../src/grammar/json-schema.ts'
import { rules } from '../../src/grammar/rules.ts'
import { chances } from '../chances.ts'
import { languageOf } from './gbnf.ts'

const languageFor = (schema: unknown) => languageOf((grammar) => schemaRule(grammar, schema))
const person = { type: 'object', properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 } }, required: ['name'] }
const tree = { $ref: '#/$defs/node', $defs: { node: { type: 'object', properties: { value: { type: 'integer' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } }, required: ['value'] } } }

/** Valid ones are values, written compactly; invalid ones are texts. */
it.each<[what: string, schema: unknown, valid: readonly unknown[], invalid: readonly string[]]>([
  ['an object', person, [{ name: 'a' }, { name: '', age: 0 }, { name: '\u{1F642}"\\\n', age: 12 }], ['{}', '{"age":1}', '{"name":1}', '{"name":"a","age":-1}', '{"name":"a","age":1.5}', '{"name":"a","b":1}', '{"age":1,"name":"a"}', '{"name":"a",}', '[]', '{"name":"a"']],
  ['optional properties only', { type: 'object', properties: { a: { type: 'null' }, b: { type: 'boolean' }, c: { const: 1 } } }, [{}, { a: null }, { b: true }, { c: 1 }, { a: null, c: 1 }, { b: false, c: 1 }, { a: null, b: true, c: 1 }], ['{,}', '{"b":true,"a":null}', '{"c":2}', '{"a":null,"a":null}']],
  ['additional properties', { type: 'object', properties: { a: { type: 'integer' } }, additionalProperties: { type: 'string' } }, [{}, { a: 1 }, { a: 1, b: 'x' }, { b: 'x', ab: 'y' }, { '': 'x' }], ['{"a":"x"}', '{"b":1}', '{"b":"x","a":1}']],
  ['a free object', { type: 'object' }, [{}, { a: [1, { b: null }], c: 'x' }], ['1', '{"a"}']],
  ['an object of numbers', { type: 'object', additionalProperties: { type: 'number' } }, [{}, { a: 1.5, b: -2 }], ['{"a":"x"}']],
  ['a closed object', { type: 'object', additionalProperties: false }, [{}], ['{"a":1}']],
  ['an array with bounds', { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 3 }, [[1, 2], [1, 2, 3]], ['[]', '[1]', '[1,2,3,4]', '[1,2,]', '[1,"a"]']],
  ['an array of one or more', { type: 'array', items: { enum: ['a', 'b'] }, minItems: 1 }, [['a'], ['a', 'b', 'b', 'a', 'a']], ['[]', '["c"]']],
  ['an array of at most one', { type: 'array', items: { type: 'boolean' }, maxItems: 1 }, [[], [true]], ['[true,true]']],
  ['an empty array', { type: 'array', items: { type: 'boolean' }, maxItems: 0 }, [[]], ['[true]']],
  ['a free array', { type: 'array' }, [[], [1, 'a', [null], { b: true }]], ['{}']],
  ['a tuple', { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false }, [['a', 1]], ['[1,"a"]', '["a",1,2]', '["a"']],
  ['an enum of many types', { enum: ['a"b', 1, -2.5, true, null, { a: [1] }, 'é\n'] }, ['a"b', 1, -2.5, true, null, { a: [1] }, 'é\n'], ['"a"', '2', 'false', '{}']],
  ['a constant', { const: { a: 'b' } }, [{ a: 'b' }], ['{"a":"c"}', '{}']],
  ['one of some', { anyOf: [{ type: 'string', maxLength: 2 }, { type: 'integer' }, person] }, ['', 'ab', 7, { name: 'a' }], ['"abc"', '1.5', '{}', 'null']],
  ['one of two objects', { oneOf: [{ type: 'object', properties: { kind: { const: 'a' }, x: { type: 'integer' } }, required: ['kind', 'x'] }, { type: 'object', properties: { kind: { const: 'b' } }, required: ['kind'] }] }, [{ kind: 'a', x: 1 }, { kind: 'b' }], ['{"kind":"a"}', '{"kind":"b","x":1}']],
  ['what may be null', { type: ['string', 'null'] }, ['a', null], ['1', '"null']],
  ['an integer or a string', { type: ['integer', 'string'], minimum: 3, maxLength: 1 }, [3, 'a'], ['2', '"ab"']],
  ['a tree', tree, [{ value: 1 }, { value: 1, children: [] }, { value: 1, children: [{ value: 2, children: [{ value: 3 }] }] }], ['{}', '{"value":1,"children":[{}]}', '{"value":1,"children":[1]}']],
  ['a reference to itself', { type: 'object', properties: { next: { $ref: '#' } } }, [{}, { next: { next: {} } }], ['{"next":1}']],
  ['all of some objects', { allOf: [{ type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] }, { properties: { b: { type: 'string' } } }] }, [{ a: 1 }, { a: 1, b: 'x' }], ['{}', '{"b":"x"}']],
  ['lengths in characters', { type: 'string', minLength: 2, maxLength: 3 }, ['ab', 'abc', 'é"\n'], ['""', '"a"', '"abcd"', '"\\u00e9"']],
  ['a date', { type: 'string', format: 'date' }, ['2024-02-28', '1999-12-01'], ['"2024-2-28"', '"2024-13-01"', '"2024-02-30"', '"2024-00-01"']],
  ['a time', { type: 'string', format: 'time' }, ['23:59:59Z', '00:00:00.123+02:00'], ['"24:00:00Z"', '"12:60:00Z"', '"12:00Z"']],
  ['a date and a time', { type: 'string', format: 'date-time' }, ['2024-02-28T00:00:00Z'], ['"2024-02-28"', '"2024-02-28 00:00:00Z"']],
  ['a UUID', { type: 'string', format: 'uuid' }, ['123e4567-e89b-42d3-a456-426614174000'], ['"123e4567"', '"123e4567-e89b-42d3-a456-42661417400g"']],
  ['an address', { type: 'string', format: 'email' }, ['a.b@c.org', 'x+y@mail.example.com'], ['"a"', '"a@b"', '"@c.org"', '"a b@c.org"']],
  ['an IP address', { type: 'string', format: 'ipv4' }, ['0.0.0.0', '255.255.255.255', '192.168.1.10'], ['"256.0.0.0"', '"1.2.3"', '"01.2.3.4"']],
  ['any value', {}, [1, 'a', null, true, [1, { a: {} }], {}], ['', '{', 'a', '[1,]']],
  ['any value, of `true`', true, [1, 'a'], ['x']],
  ['a boolean', { type: 'boolean' }, [true, false], ['"true"', 'True', '1']],
  ['an exclusive range', { type: 'integer', exclusiveMinimum: -3, exclusiveMaximum: 4 }, [-2, 0, 3], ['-3', '4']],
  ['the tighter of two bounds', { type: 'integer', minimum: 2, exclusiveMinimum: 2, maximum: 9, exclusiveMaximum: 12 }, [3, 9], ['2', '10']],
  ['bounds of an integer that are none', { type: 'integer', minimum: 0.5, maximum: 2.5 }, [1, 2], ['0', '3']],
  ['keys that are close to each other', { type: 'object', properties: { a: { type: 'integer' }, ab: { type: 'integer' }, 'é"': { type: 'integer' } }, required: ['ab'], additionalProperties: { type: 'boolean' } }, [{ ab: 1 }, { a: 1, ab: 2, 'é"': 3, abc: true, b: false, 'é': true }], ['{"ab":true}', '{"ab":1,"a":true}', '{"ab":1,"é\\"":true}', '{"ab":1,"abc":1}']],
])('%s', (_what, schema, valid, invalid) => {
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
    const of = (type: string) => schemaRule(grammar, { type: 'object', properties: { a: { type } }, required: ['a'], additionalProperties: { type } })
    return `${of('integer')} "," ${of('boolean')}`
  })
  expect(holds('{"a":1,"b":2},{"a":true,"ab":false}')).toBe(true)
  expect([holds('{"a":1},{"a":1}'), holds('{"a":1},{"a":true,"b":1}')]).toEqual([false, false])
})

it('properties that are named as rules are do not take their place', () => {
  const names = ['object', 'object-0', 'object-1', 'object-1-next', 'object-2', 'key', 'key-0', 'more', 'item', 'any', '1', '']
  const types = ['integer', 'boolean', 'null']
  const properties = Object.fromEntries(names.map((name, index) => [name, { type: 'array', items: { type: 'object', properties: { 'object-1': { type: types[index % 3] }, b: { type: types[(index + 1) % 3] } } } }]))
  const value = (type: string) => ({ integer: 1, boolean: true })[type] ?? null
  // Keys that are integers come first in an object of JavaScript, in the schema too.
  for (const [index, name] of names.entries()) {
    const inner = { 'object-1': value(types[index % 3]!), b: value(types[(index + 1) % 3]!) }
    const holds = languageFor({ type: 'object', properties })
    expect(holds(JSON.stringify({ [name]: [inner, {}, { b: inner.b }] })), name).toBe(true)
    expect(holds(JSON.stringify({ [name]: [{ 'object-1': inner.b }] })), name).toBe(false)
  }
})

it.each<[what: string, schema: unknown, code: string]>([
  ['a pattern', { type: 'string', pattern: '^a' }, 'unsupported'],
  ['a format nobody knows', { type: 'string', format: 'tea' }, 'unsupported'],
  ['a multiple', { type: 'number', multipleOf: 0.5 }, 'unsupported'],
  ['a negation', { not: { type: 'string' } }, 'unsupported'],
  ['a bound that is no integer', { type: 'number', minimum: 0.5 }, 'unsupported'],
  ['items after a tuple', { prefixItems: [{}], items: {} }, 'unsupported'],
  ['unique items', { type: 'array', uniqueItems: true }, 'unsupported'],
  ['a property that two of all describe', { allOf: [{ properties: { a: { minimum: 3, type: 'integer' } } }, { properties: { a: { maximum: 5, type: 'integer' } } }] }, 'unsupported'],
  ['all of what are no objects', { allOf: [{ type: 'string' }, { minLength: 2 }] }, 'unsupported'],
  ['a required property that is not described', { type: 'object', properties: {}, required: ['a'] }, 'unsupported'],
  ['an empty range', { type: 'integer', minimum: 3, maximum: 2 }, 'invalid-request'],
  ['a range without integers', { type: 'integer', exclusiveMinimum: 1, exclusiveMaximum: 2 }, 'invalid-request'],
  ['lengths that cross', { type: 'string', minLength: 3, maxLength: 2 }, 'invalid-request'],
  ['items that cross', { type: 'array', minItems: 3, maxItems: 2 }, 'invalid-request'],
  ['a type there is not', { type: 'strng' }, 'invalid-request'],
  ['a reference to nothing', { $ref: '#/$defs/a' }, 'invalid-request'],
  ['what is no schema', { type: 'object', properties: { a: 1 } }, 'invalid-request'],
])('%s is refused by name', (_what, schema, code) => {
  let error: unknown
  try {
    schemaRule(rules(), schema)
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
  const text = (length: number) => Array.from({ length }, () => chance.one([...'ab"\\\n é{}[],:', '\u2028'])).join('')

  const leaves: readonly (() => Made)[] = [
    () => {
      const [least, most] = [chance.integer(-50, 20), chance.integer(21, 90)]
      return { schema: { type: 'integer', minimum: least, maximum: most }, valid: () => chance.integer(least, most), invalid: () => chance.one([least - 1, most + 1, 'a', 0.5, null]) }
    },
    () => {
      const most = chance.integer(1, 5)
      return { schema: { type: 'string', minLength: 1, maxLength: most }, valid: () => text(chance.integer(1, most)), invalid: () => chance.one(['', text(most + 1), 1, []]) }
    },
    () => ({ schema: { type: 'boolean' }, valid: () => chance() < 0.5, invalid: () => chance.one(['true', 1, null]) }),
    () => ({ schema: { enum: ['x', 3, null] }, valid: () => chance.one(['x', 3, null]), invalid: () => chance.one(['y', 4, false]) }),
    () => ({ schema: { type: 'number', exclusiveMinimum: 0 }, valid: () => chance.integer(1, 999_999) / 1000, invalid: () => chance.one([0, -1, -0.5, '1']) }),
  ]

  function object(depth: number): Made {
    const fields = ['a', 'b', 'ab'].slice(0, chance.integer(1, 3)).map((key) => ({ key, made: made(depth - 1), required: chance() < 0.5 }))
    const written = (of: (field: (typeof fields)[number], index: number) => unknown) => Object.fromEntries(fields.map((field, index) => [field.key, of(field, index)]).filter(([, value]) => value !== undefined))
    const valid = () => written(({ made, required }) => (required || chance() < 0.5 ? made.valid() : undefined))
    return {
      schema: { type: 'object', properties: written(({ made }) => made.schema), required: fields.filter(({ required }) => required).map(({ key }) => key), additionalProperties: false },
      valid,
      invalid() {
        const broken = chance.integer(0, fields.length - 1)
        const missing = fields.findIndex(({ required }) => required)
        const kind = chance()
        if (kind < 0.2) return { ...valid(), c: 1 }
        if (kind < 0.4 && missing >= 0) return written(({ made }, index) => (index === missing ? undefined : made.valid()))
        return written(({ made }, index) => (index === broken ? made.invalid() : made.valid()))
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
