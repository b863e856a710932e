import type { ErrorCode } from '@nano/core'

export const person = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 } },
  required: ['name'],
}
const tree = {
  $ref: '#/$defs/node',
  $defs: {
    node: {
      type: 'object',
      properties: {
        value: { type: 'integer' },
        children: { type: 'array', items: { $ref: '#/$defs/node' } },
      },
      required: ['value'],
    },
  },
}
/** A JSON string of so many characters. */
const text = (length: number) => JSON.stringify('a'.repeat(length))

/**
 * Schemas that a grammar holds to. Valid ones are values, written compactly; invalid ones are
 * texts.
 */
export const held: readonly (readonly [
  what: string,
  schema: unknown,
  valid: readonly unknown[],
  invalid: readonly string[],
])[] = [
  [
    'an object',
    person,
    [{ name: 'a' }, { name: '', age: 0 }, { name: '\u{1F642}"\\\n', age: 12 }],
    [
      '{}',
      '{"age":1}',
      '{"name":1}',
      '{"name":"a","age":-1}',
      '{"name":"a","age":1.5}',
      '{"name":"a","b":1}',
      '{"age":1,"name":"a"}',
      '{"name":"a",}',
      '[]',
      '{"name":"a"',
    ],
  ],
  [
    'optional properties only',
    {
      type: 'object',
      properties: { a: { type: 'null' }, b: { type: 'boolean' }, c: { const: 1 } },
    },
    [
      {},
      { a: null },
      { b: true },
      { c: 1 },
      { a: null, c: 1 },
      { b: false, c: 1 },
      { a: null, b: true, c: 1 },
    ],
    ['{,}', '{"b":true,"a":null}', '{"c":2}', '{"a":null,"a":null}'],
  ],
  [
    'additional properties',
    {
      type: 'object',
      properties: { a: { type: 'integer' } },
      additionalProperties: { type: 'string' },
    },
    [{}, { a: 1 }, { a: 1, b: 'x' }, { b: 'x', ab: 'y' }, { '': 'x' }],
    ['{"a":"x"}', '{"b":1}', '{"b":"x","a":1}'],
  ],
  ['a free object', { type: 'object' }, [{}, { a: [1, { b: null }], c: 'x' }], ['1', '{"a"}']],
  [
    'an object of numbers',
    { type: 'object', additionalProperties: { type: 'number' } },
    [{}, { a: 1.5, b: -2 }],
    ['{"a":"x"}'],
  ],
  ['a closed object', { type: 'object', additionalProperties: false }, [{}], ['{"a":1}']],
  [
    'an array with bounds',
    { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 3 },
    [
      [1, 2],
      [1, 2, 3],
    ],
    ['[]', '[1]', '[1,2,3,4]', '[1,2,]', '[1,"a"]'],
  ],
  [
    'an array of one or more',
    { type: 'array', items: { enum: ['a', 'b'] }, minItems: 1 },
    [['a'], ['a', 'b', 'b', 'a', 'a']],
    ['[]', '["c"]'],
  ],
  [
    'an array of at most one',
    { type: 'array', items: { type: 'boolean' }, maxItems: 1 },
    [[], [true]],
    ['[true,true]'],
  ],
  ['an empty array', { type: 'array', items: { type: 'boolean' }, maxItems: 0 }, [[]], ['[true]']],
  ['a free array', { type: 'array' }, [[], [1, 'a', [null], { b: true }]], ['{}']],
  [
    'a tuple',
    { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false },
    [['a', 1]],
    ['[1,"a"]', '["a",1,2]', '["a"'],
  ],
  [
    'an enum of many types',
    { enum: ['a"b', 1, -2.5, true, null, { a: [1] }, 'é\n'] },
    ['a"b', 1, -2.5, true, null, { a: [1] }, 'é\n'],
    ['"a"', '2', 'false', '{}'],
  ],
  [
    'the values of an enum that are of its type',
    { type: ['integer', 'null'], enum: ['a', 1, 1.5, null, [1]] },
    [1, null],
    ['"a"', '1.5', '[1]'],
  ],
  ['a constant', { const: { a: 'b' } }, [{ a: 'b' }], ['{"a":"c"}', '{}']],
  [
    'one of some',
    { anyOf: [{ type: 'string', maxLength: 2 }, { type: 'integer' }, person] },
    ['', 'ab', 7, { name: 'a' }],
    ['"abc"', '1.5', '{}', 'null'],
  ],
  [
    'one of two objects',
    {
      oneOf: [
        {
          type: 'object',
          properties: { kind: { const: 'a' }, x: { type: 'integer' } },
          required: ['kind', 'x'],
        },
        { type: 'object', properties: { kind: { const: 'b' } }, required: ['kind'] },
      ],
    },
    [{ kind: 'a', x: 1 }, { kind: 'b' }],
    ['{"kind":"a"}', '{"kind":"b","x":1}'],
  ],
  ['what may be null', { type: ['string', 'null'] }, ['a', null], ['1', '"null']],
  [
    'an integer or a string',
    { type: ['integer', 'string'], minimum: 3, maxLength: 1 },
    [3, 'a'],
    ['2', '"ab"'],
  ],
  [
    'a tree',
    tree,
    [
      { value: 1 },
      { value: 1, children: [] },
      { value: 1, children: [{ value: 2, children: [{ value: 3 }] }] },
    ],
    ['{}', '{"value":1,"children":[{}]}', '{"value":1,"children":[1]}'],
  ],
  [
    'a reference to itself',
    { type: 'object', properties: { next: { $ref: '#' } } },
    [{}, { next: { next: {} } }],
    ['{"next":1}'],
  ],
  [
    'all of some objects',
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
        { properties: { b: { type: 'string' } } },
      ],
    },
    [{ a: 1 }, { a: 1, b: 'x' }],
    ['{}', '{"b":"x"}'],
  ],
  [
    'lengths in characters',
    { type: 'string', minLength: 2, maxLength: 3 },
    ['ab', 'abc', 'é"\n'],
    ['""', '"a"', '"abcd"', '"\\u00e9"'],
  ],
  [
    'a date',
    { type: 'string', format: 'date' },
    ['2024-02-28', '1999-12-01'],
    ['"2024-2-28"', '"2024-13-01"', '"2024-02-30"', '"2024-00-01"'],
  ],
  [
    'a time',
    { type: 'string', format: 'time' },
    ['23:59:59Z', '00:00:00.123+02:00'],
    ['"24:00:00Z"', '"12:60:00Z"', '"12:00Z"'],
  ],
  [
    'a date and a time',
    { type: 'string', format: 'date-time' },
    ['2024-02-28T00:00:00Z'],
    ['"2024-02-28"', '"2024-02-28 00:00:00Z"'],
  ],
  [
    'a UUID',
    { type: 'string', format: 'uuid' },
    ['123e4567-e89b-42d3-a456-426614174000'],
    ['"123e4567"', '"123e4567-e89b-42d3-a456-42661417400g"'],
  ],
  [
    'an address',
    { type: 'string', format: 'email' },
    ['a.b@c.org', 'x+y@mail.example.com'],
    ['"a"', '"a@b"', '"@c.org"', '"a b@c.org"'],
  ],
  [
    'an IP address',
    { type: 'string', format: 'ipv4' },
    ['0.0.0.0', '255.255.255.255', '192.168.1.10'],
    ['"256.0.0.0"', '"1.2.3"', '"01.2.3.4"'],
  ],
  ['any value', {}, [1, 'a', null, true, [1, { a: {} }], {}], ['', '{', 'a', '[1,]']],
  ['any value, of `true`', true, [1, 'a'], ['x']],
  ['a boolean', { type: 'boolean' }, [true, false], ['"true"', 'True', '1']],
  [
    'an exclusive range',
    { type: 'integer', exclusiveMinimum: -3, exclusiveMaximum: 4 },
    [-2, 0, 3],
    ['-3', '4'],
  ],
  [
    'the tighter of two bounds',
    { type: 'integer', minimum: 2, exclusiveMinimum: 2, maximum: 9, exclusiveMaximum: 12 },
    [3, 9],
    ['2', '10'],
  ],
  [
    'bounds of an integer that are none',
    { type: 'integer', minimum: 0.5, maximum: 2.5 },
    [1, 2],
    ['0', '3'],
  ],
  [
    'keys that are close to each other',
    {
      type: 'object',
      properties: { a: { type: 'integer' }, ab: { type: 'integer' }, 'é"': { type: 'integer' } },
      required: ['ab'],
      additionalProperties: { type: 'boolean' },
    },
    [{ ab: 1 }, { a: 1, ab: 2, 'é"': 3, abc: true, b: false, é: true }],
    ['{"ab":true}', '{"ab":1,"a":true}', '{"ab":1,"é\\"":true}', '{"ab":1,"abc":1}'],
  ],
  [
    'a long text',
    { type: 'string', maxLength: 2_000 },
    ['', 'a'.repeat(257), 'é'.repeat(2_000)],
    [text(2_001)],
  ],
  [
    'a text that is longer than llama.cpp repeats',
    { type: 'string', minLength: 2_990, maxLength: 3_000 },
    ['a'.repeat(2_990), 'a'.repeat(3_000)],
    [text(2_989), text(3_001)],
  ],
  [
    'a text of any length from a high one',
    { type: 'string', minLength: 5_000 },
    ['a'.repeat(5_000), 'a'.repeat(9_000)],
    [text(4_999)],
  ],
  [
    'many long texts',
    { type: 'array', maxItems: 700, items: { type: 'string', maxLength: 240 } },
    [[], Array(700).fill('a'.repeat(240))],
    [JSON.stringify(Array(701).fill('')), `[${text(241)}]`],
  ],
  [
    'many lists of many',
    {
      type: 'array',
      maxItems: 2_500,
      items: {
        type: 'array',
        minItems: 1,
        maxItems: 600,
        items: { anyOf: [{ type: 'null' }, { type: 'string', maxLength: 1_500 }] },
      },
    },
    [[], Array(2_500).fill([null]), [Array(600).fill('')]],
    ['[[]]', JSON.stringify(Array(2_501).fill([null])), JSON.stringify([Array(601).fill(null)])],
  ],
  [
    'texts without end of their number',
    { type: 'object', properties: { a: { type: 'string', maxLength: 9_007_199_254_740_991 } } },
    [{ a: 'b'.repeat(3_000) }],
    ['{"a":1}'],
  ],
  [
    'items after a tuple',
    { prefixItems: [{ type: 'string' }], items: { type: 'integer' }, maxItems: 3 },
    [['a'], ['a', 1], ['a', 1, 2]],
    ['[]', '["a","b"]', '["a",1,2,3]', '["a",]'],
  ],
  [
    'items after a tuple that have to be',
    { prefixItems: [{ type: 'string' }], items: { type: 'integer' }, minItems: 3 },
    [
      ['a', 1, 2],
      ['a', 1, 2, 3],
    ],
    ['["a",1]'],
  ],
  [
    'a tuple of fewer',
    { prefixItems: [{ type: 'string' }, { type: 'integer' }], maxItems: 1 },
    [['a']],
    ['[]', '["a",1]', '[1]'],
  ],
  ['a tuple of none', { prefixItems: [{ type: 'string' }], maxItems: 0 }, [[]], ['["a"]']],
  [
    'a tuple of more',
    { prefixItems: [{ type: 'string' }], maxItems: 2 },
    [['a'], ['a', null]],
    ['[]', '["a",1,2]'],
  ],
  [
    'a tuple that is open to fewer',
    { prefixItems: [{ type: 'string' }, { type: 'integer' }], minItems: 1, maxItems: 2 },
    [['a', 1]],
    ['["a",1,2]'],
  ],
  ['no items', { type: 'array', items: false }, [[]], ['[1]']],
  [
    'keys that JSON escapes',
    {
      type: 'object',
      properties: { 'a"b': {}, 'a\\': {}, '\n': {}, '\u0001': {} },
      required: [],
      additionalProperties: { type: 'boolean' },
    },
    [
      { 'a"b': 1, 'a\\': 2, '\n': 3, '\u0001': 4, a: true },
      { 'a"': true, 'a\\b': true, 'a\nb': false, '\t': true, '"': true },
    ],
    [
      '{"a"b":true}',
      '{"a\\":true}',
      '{"\\n":1,"a\\"b":true}',
      '{"\\n":1,"\\u000a":true}',
      '{"\\u0001":1,"\\n":true}',
      '{"\\u0001":1,"\\u0001":true}',
      '{"\\u0001":1,"a\\u0022b":true}',
    ],
  ],
  ['a backspace in a constant', { const: '\b\f' }, ['\b\f'], ['"b"']],
  [
    'a reference into a list',
    { anyOf: [{ type: 'integer' }, { type: 'array', items: { $ref: '#/anyOf/0' } }] },
    [1, [1]],
    ['[[1]]'],
  ],
  [
    'a reference to anything',
    { type: 'object', properties: { a: { $ref: '#/$defs/any' } }, $defs: { any: true } },
    [{ a: [1] }],
    ['{"b":1}'],
  ],
  [
    'two that refer to each other',
    {
      $ref: '#/$defs/a',
      $defs: {
        a: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/b' }] },
        b: { type: 'array', items: { $ref: '#/$defs/a' } },
      },
    },
    [null, [], [[null], null]],
    ['1', '[1]'],
  ],
]

/** Schemas that no grammar is made for. */
export const refused: readonly (readonly [what: string, schema: unknown, code: ErrorCode])[] = [
  ['a pattern', { type: 'string', pattern: '^a' }, 'unsupported'],
  ['a format nobody knows', { type: 'string', format: 'tea' }, 'unsupported'],
  ['a multiple', { type: 'number', multipleOf: 0.5 }, 'unsupported'],
  ['a negation', { not: { type: 'string' } }, 'unsupported'],
  ['a bound that is no integer', { type: 'number', minimum: 0.5 }, 'unsupported'],
  ['unique items', { type: 'array', uniqueItems: true }, 'unsupported'],
  [
    'a property that two of all describe',
    {
      allOf: [
        { properties: { a: { minimum: 3, type: 'integer' } } },
        { properties: { a: { maximum: 5, type: 'integer' } } },
      ],
    },
    'unsupported',
  ],
  ['all of what are no objects', { allOf: [{ type: 'string' }, { minLength: 2 }] }, 'unsupported'],
  [
    'a required property that is not described',
    { type: 'object', properties: {}, required: ['a'] },
    'unsupported',
  ],
  ['an empty range', { type: 'integer', minimum: 3, maximum: 2 }, 'invalid-request'],
  [
    'a range without integers',
    { type: 'integer', exclusiveMinimum: 1, exclusiveMaximum: 2 },
    'invalid-request',
  ],
  ['lengths that cross', { type: 'string', minLength: 3, maxLength: 2 }, 'invalid-request'],
  ['items that cross', { type: 'array', minItems: 3, maxItems: 2 }, 'invalid-request'],
  ['a type there is not', { type: 'strng' }, 'invalid-request'],
  ['items fewer than none', { type: 'array', minItems: -2 }, 'invalid-request'],
  ['a length that is no whole number', { type: 'string', maxLength: 2.5 }, 'invalid-request'],
  ['a length in words', { type: 'string', maxLength: '9' }, 'invalid-request'],
  ['fewer properties than none', { type: 'object', minProperties: -1 }, 'invalid-request'],
  ['a number of properties', { type: 'object', minProperties: 1 }, 'unsupported'],
  ['an enum of nothing', { enum: [] }, 'invalid-request'],
  ['an enum that is no list', { enum: 'a' }, 'invalid-request'],
  ['no type', { type: [] }, 'invalid-request'],
  ['any of nothing', { anyOf: [] }, 'invalid-request'],
  [
    'what is required without a list',
    { type: 'object', properties: { a: {} }, required: 'a' },
    'invalid-request',
  ],
  [
    'what is required, in a part of all',
    {
      allOf: [
        { type: 'object', properties: { a: {} }, required: 'a' },
        { type: 'object', properties: {} },
      ],
    },
    'invalid-request',
  ],
  ['properties in a list', { type: 'object', properties: ['a'] }, 'invalid-request'],
  [
    'more items than a closed tuple has',
    { prefixItems: [{}], items: false, minItems: 2 },
    'invalid-request',
  ],
  ['a reference to where it is', { $ref: '#' }, 'invalid-request'],
  [
    'references in a circle',
    { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
    'invalid-request',
  ],
  [
    'a circle through any of some',
    {
      $ref: '#/$defs/a',
      $defs: { a: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/b' }] }, b: { $ref: '#/$defs/a' } },
    },
    'invalid-request',
  ],
  [
    'a circle through all of one',
    {
      $ref: '#/$defs/a',
      $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { oneOf: [{ $ref: '#/$defs/a' }] } },
    },
    'invalid-request',
  ],
  [
    'a circle beside a tree',
    {
      $ref: '#/$defs/b',
      $defs: {
        a: { anyOf: [{ $ref: '#/$defs/b' }] },
        b: {
          anyOf: [
            { type: 'object', properties: { p: { $ref: '#/$defs/a' } } },
            { $ref: '#/$defs/a' },
          ],
        },
      },
    },
    'invalid-request',
  ],
  [
    'a property that refers to itself',
    { type: 'object', properties: { a: { $ref: '#/properties/a' } } },
    'invalid-request',
  ],
  ['a reference that is not escaped', { $ref: '#/$defs/%' }, 'invalid-request'],
  ['a reference to nothing', { $ref: '#/$defs/a' }, 'invalid-request'],
  ['values of another type', { type: 'integer', enum: ['a', 1.5] }, 'invalid-request'],
  ['a constant of another type', { type: ['object', 'null'], const: ['a'] }, 'invalid-request'],
  ['only numbers that a double does not count', { type: 'integer', minimum: 1e21 }, 'unsupported'],
  ['other keys of nothing', { type: 'object', additionalProperties: null }, 'invalid-request'],
  ['what is no schema', { type: 'object', properties: { a: 1 } }, 'invalid-request'],
]
