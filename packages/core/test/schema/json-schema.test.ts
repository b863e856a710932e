import { describe, expect, it } from 'vitest'
import { Model, type Part, standard } from '../../src/index.ts'
import type { Driver } from '../../src/driver/index.ts'
import { jsonSchemaChecker } from '../../src/schema/json-schema.ts'
import { scripted } from '../../src/testing/index.ts'

type Schema = Parameters<typeof jsonSchemaChecker>[0]
const isValid = (schema: Schema, text: string) =>
  jsonSchemaChecker(schema, 'driver')(text) === undefined

const spacedTime = '"2024-01-01 00:00:00Z"'

/** One row for each keyword that says something of a value: what holds, and what does not. */
const keywords: readonly [keyword: string, schema: Schema, valid: string, invalid: string][] = [
  ['type', { type: 'object' }, '{}', '[]'],
  ['type, several', { type: ['string', 'null'] }, 'null', '1'],
  ['enum', { enum: ['a', { b: 1 }] }, '{"b":1}', '"c"'],
  ['const', { const: { a: 1 } }, '{"a":1}', '{"a":2}'],
  ['required, alone', { type: 'object', required: ['zz'] }, '{"zz":1}', '{}'],
  [
    'required, of what properties does not name',
    { type: 'object', properties: { a: {} }, required: ['a', 'b'] },
    '{"a":1,"b":1}',
    '{"a":1}',
  ],
  ['required, without a type', { properties: { a: {} }, required: ['a'] }, '[]', '{}'],
  [
    'required, with a default',
    { type: 'object', properties: { a: { type: 'integer', default: 5 } }, required: ['a'] },
    '{"a":1}',
    '{}',
  ],
  ['properties, without a type', { properties: { a: { type: 'string' } } }, '{"a":"x"}', '{"a":1}'],
  [
    'patternProperties',
    { patternProperties: { '^a': { type: 'number' } } },
    '{"b":"s"}',
    '{"ab":"s"}',
  ],
  [
    'additionalProperties',
    { properties: { a: {} }, additionalProperties: false },
    '{"a":1}',
    '{"b":1}',
  ],
  ['propertyNames', { propertyNames: { pattern: '^x' } }, '{"xy":1}', '{"y":1}'],
  ['minProperties', { minProperties: 1 }, '{"a":1}', '{}'],
  ['maxProperties', { maxProperties: 1 }, '{"a":1}', '{"a":1,"b":2}'],
  ['dependentRequired', { dependentRequired: { a: ['b'] } }, '{"a":1,"b":1}', '{"a":1}'],
  [
    'dependentSchemas',
    { dependentSchemas: { a: { required: ['b'] } } },
    '{"a":1,"b":1}',
    '{"a":1}',
  ],
  ['dependencies', { dependencies: { a: ['b'] } }, '{}', '{"a":1}'],
  [
    'unevaluatedProperties',
    { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false },
    '{"a":1}',
    '{"b":1}',
  ],
  ['items', { items: { type: 'string' } }, '["a"]', '[1]'],
  ['items, as a list', { items: [{ type: 'string' }], additionalItems: false }, '["a"]', '["a",1]'],
  ['prefixItems', { prefixItems: [{ type: 'string' }], items: false }, '["a"]', '["a","b"]'],
  ['minItems, alone', { type: 'array', minItems: 2 }, '[1,2]', '[]'],
  ['maxItems, alone', { type: 'array', maxItems: 1 }, '[1]', '[1,2]'],
  ['uniqueItems', { uniqueItems: true }, '[1,2]', '[{"a":1},{"a":1}]'],
  ['contains', { contains: { const: 5 } }, '[5,1]', '[1]'],
  ['minContains', { contains: { const: 'x' }, minContains: 2 }, '["x","x"]', '["x"]'],
  ['maxContains', { contains: { const: 'x' }, maxContains: 1 }, '["x"]', '["x","x"]'],
  ['unevaluatedItems', { prefixItems: [true], unevaluatedItems: false }, '[1]', '[1,2]'],
  ['minimum, without a type', { minimum: 5 }, '"text"', '1'],
  ['maximum', { maximum: 5 }, '5', '6'],
  ['exclusiveMinimum', { exclusiveMinimum: 3 }, '4', '3'],
  ['exclusiveMaximum', { exclusiveMaximum: 3 }, '2', '3'],
  ['multipleOf', { multipleOf: 0.1 }, '0.3', '0.35'],
  ['integer, of any size', { type: 'integer' }, '1e20', '1.5'],
  ['minLength, in characters', { minLength: 2 }, '"ab"', '"🙂"'],
  ['maxLength, in characters', { maxLength: 1 }, '"🙂"', '"ab"'],
  ['pattern', { pattern: '^a$' }, '"a"', '"b"'],
  ['format date-time', { format: 'date-time' }, '"2024-01-01T00:00:00+02:00"', '"yesterday"'],
  ['format date-time, with a T', { format: 'date-time' }, '"2024-01-01t00:00:00z"', spacedTime],
  ['format uri', { format: 'uri' }, '"http://a.b/c%20d?e#f"', '"//a.b"'],
  ['format uri, with a scheme alone', { format: 'uri' }, '"x:"', '":"'],
  ['format uri, without a path', { format: 'uri' }, '"x:?a#b"', '"1x:?a"'],
  ['format iri, with a scheme alone', { format: 'iri' }, '"x:#é"', '"é:"'],
  ['format uuid 1', { format: 'uuid' }, '"00000000-0000-1000-0000-000000000000"', '"x"'],
  ['format email', { format: 'email' }, '"a@b.org"', '"x"'],
  ['format iri', { format: 'iri' }, '"http://[2001:db8::1]:80/été"', '"http://2001:db8::1/"'],
  ['format iri, with a name', { format: 'iri' }, '"http://a:b@ƒøø.ßår/?q#é"', '"no scheme"'],
  ['format iri-reference', { format: 'iri-reference' }, '"/âππ?q"', '"\\\\a"'],
  ['format hostname', { format: 'hostname' }, '"example.org"', '"%%"'],
  ['allOf beside a type', { type: 'number', allOf: [{ minimum: 5 }] }, '6', '1'],
  ['anyOf of constants', { anyOf: [{ const: 1 }, { const: [2] }, { type: 'null' }] }, '[2]', '2'],
  ['anyOf beside a type', { type: 'number', anyOf: [{ minimum: 5 }, { maximum: 0 }] }, '7', '3'],
  ['oneOf', { oneOf: [{ type: 'number' }, { type: 'integer' }] }, '1.5', '1'],
  ['not', { not: { type: 'string' } }, '1', '"s"'],
  [
    'if, then, else',
    { if: { type: 'number' }, then: { minimum: 5 }, else: { minLength: 2 } },
    '"ab"',
    '1',
  ],
  ['$ref', { $ref: '#/$defs/x', $defs: { x: { type: 'number' } } }, '1', '"s"'],
  [
    '$ref to itself',
    {
      $defs: { n: { type: 'object', properties: { next: { $ref: '#/$defs/n' } } } },
      $ref: '#/$defs/n',
    },
    '{"next":{"next":{}}}',
    '{"next":{"next":1}}',
  ],
  [
    '$ref below another $id',
    {
      $defs: {
        a: {
          $id: 'https://a.org/b',
          $defs: { x: { type: 'string' } },
          items: { $ref: '#/$defs/x' },
        },
        x: { type: 'number' },
      },
      items: { $ref: 'https://a.org/b#/items' },
    },
    '["a"]',
    '[1]',
  ],
  [
    '$anchor',
    { items: { $ref: '#x' }, $defs: { a: { $anchor: 'x', type: 'number' } } },
    '[1]',
    '["a"]',
  ],
  [
    '$dynamicRef',
    { $dynamicAnchor: 'node', type: 'object', properties: { a: { $dynamicRef: '#node' } } },
    '{"a":{}}',
    '{"a":1}',
  ],
  [
    'a property named __proto__',
    JSON.parse('{"properties":{"__proto__":{"type":"number"}},"required":["__proto__"]}') as Schema,
    '{"__proto__":1}',
    '{}',
  ],
  ['exclusiveMinimum of draft 4', { minimum: 3, exclusiveMinimum: true }, '4', '3'],
  ['a pattern of older drafts', { pattern: '^[\\w-.]+\\@b$' }, '"a-b@b"', '"a b@b"'],
  [
    '$ref to a definition',
    { properties: { a: { $ref: '#/definitions/x' } }, definitions: { x: { type: 'number' } } },
    '{"a":1}',
    '{"a":"s"}',
  ],
]

describe('a schema with', () => {
  it.each(keywords)('%s takes what holds, and nothing else', (_keyword, schema, valid, invalid) => {
    expect(isValid(schema, valid)).toBe(true)
    expect(isValid(schema, invalid)).toBe(false)
  })

  it('annotations beside keywords is checked, and not changed', () => {
    const schema = Object.freeze({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 't',
      description: 'd',
      examples: [1],
      $comment: 'c',
      $ref: '#/$defs/x',
      $defs: { x: { type: 'number' } },
    })
    expect([isValid(schema, '1'), isValid(schema, '"s"')]).toEqual([true, false])
    expect(Object.getOwnPropertyNames(schema)).not.toContain('__absolute_ref__')
  })

  it('a fault repeats the value to the model alone, and names the keyword for the logs', () => {
    const faultOf = jsonSchemaChecker(
      { properties: { answer: { type: 'integer' } }, additionalProperties: false },
      'driver',
    )
    const fault = faultOf('{"answer": "x", "pass phrase": 1}')
    expect(fault?.forModel).toContain('pass phrase')
    expect(fault?.forLogs).toBe(
      'at #/properties/answer/type (is not of the type integer), ' +
        '#/additionalProperties (is not allowed)',
    )
    expect(faultOf('my pass phrase')?.forLogs).toBe('it is not JSON')
  })
})

it('standard() lets no answer through that does not hold', async () => {
  for (const [, schema, valid, invalid] of keywords) {
    const model = (text: string) =>
      new Model(driverSaying(text), standard({ structured: { attempts: 1 } }))
    expect((await model(valid).generate({ messages: 'x', schema })).text).toBe(valid)
    await expect(model(invalid).generate({ messages: 'x', schema })).rejects.toMatchObject({
      code: 'bad-output',
    })
  }
})

function driverSaying(text: string): Driver {
  return {
    ...scripted(),
    async *stream(): AsyncGenerator<Part> {
      yield { type: 'text', text }
      yield { type: 'finish', finishReason: 'stop', usage: {}, timings: {} }
    },
  }
}
