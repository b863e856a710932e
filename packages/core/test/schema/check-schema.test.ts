import { describe, expect, it } from 'vitest'
import { NanoError } from '../../src/index.ts'
import { jsonSchemaChecker } from '../../src/schema/json-schema.ts'

type Schema = Parameters<typeof jsonSchemaChecker>[0]
const isValid = (schema: Schema, text: string) =>
  jsonSchemaChecker(schema, 'driver')(text) === undefined

describe('a schema with', () => {
  it.each<[what: string, schema: Schema, message: string]>([
    ['a type that is none', { type: 'strng' }, '#/type is "strng", and has to be one or more of'],
    ['a wrong count', { minItems: '2' }, '#/minItems is "2", and has to be a whole number'],
    ['a step of zero', { multipleOf: 0 }, '#/multipleOf is 0, and has to be a number above 0'],
    ['a pattern that is none', { pattern: '(' }, '#/pattern has the pattern "(": it is no'],
    [
      'a pattern of Python',
      { pattern: '(?P<a>b)' },
      '#/pattern has the pattern "(?P<a>b)": it is no',
    ],
    ['a wrong pattern of names', { patternProperties: { '(': true } }, 'has the pattern "("'],
    ['a reference to nowhere', { $ref: '#/$defs/x' }, '#/$ref refers to nothing'],
    ['a reference in a circle', { $ref: '#' }, 'leads back to itself'],
    ['a dynamic reference to nowhere', { $dynamicRef: '#x' }, '#/$dynamicRef refers to nothing'],
    ['a part that is no schema', { items: 7 }, '#/items is 7, and has to be a schema'],
    ['a branch that is none', { anyOf: [{}, null] }, '#/anyOf/1 is null, and has to be a schema'],
    ['a property that is none', { properties: { 'a/b': [] } }, '#/properties/a~1b is a list, and'],
    ['an empty enum', { enum: [] }, '#/enum is a list, and has to be a list that is not empty'],
  ])('%s is invalid, and the message says where, and what is needed', (_what, schema, message) => {
    const error = errorOf(() => jsonSchemaChecker(schema, 'driver'))
    expect(error).toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining(message),
    })
  })

  it.each<[what: string, schema: Schema, message: string]>([
    [
      'a link',
      { $ref: 'https://example.org/schema.json' },
      '#/$ref refers to another schema: copy',
    ],
    ['a part of a file', { items: { $ref: 'a.json#/b' } }, '#/items/$ref refers to another schema'],
    ['a pattern that refers back', { pattern: '^(a)\\1$' }, 'supported: repeat the group'],
    ['a property of .NET', { patternProperties: { '\\p{IsGreek}': {} } }, 'invalid property name'],
  ])('%s is unsupported, and the message says what to do', (_what, schema, message) => {
    const error = errorOf(() => jsonSchemaChecker(schema, 'driver'))
    expect(error).toMatchObject({ code: 'unsupported', message: expect.stringContaining(message) })
  })

  it.each<[what: string, schema: Schema, message: string]>([
    ['a keyword that nobody knows', { type: 'string', nullable: true }, '#/nullable'],
    [
      'one deep inside',
      { properties: { a: { anyOf: [{ type: 'string', unknown: 1 }] } } },
      '#/properties/a/anyOf/0/unknown',
    ],
    ['a format that nobody knows', { type: 'string', format: '__proto__' }, '#/format'],
  ])('%s is ignored, and refused by a strict check', (_what, schema, message) => {
    expect(isValid(schema, schema.properties ? '{"a":"x"}' : '"x"')).toBe(true)
    expect(isValid(schema, schema.properties ? '{"a":1}' : '1')).toBe(false)
    const error = errorOf(() => jsonSchemaChecker(schema, 'driver', { isStrict: true }))
    expect(error).toMatchObject({ code: 'unsupported', message: expect.stringContaining(message) })
  })
})

function errorOf(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return NanoError.is(error) ? error : expect.fail(String(error))
  }
}
