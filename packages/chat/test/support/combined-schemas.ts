import { text, type SchemaCase } from './schema-values.ts'

/** Schemas that a grammar is made for, continued. */
export const combinedSchemas: readonly SchemaCase[] = [
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
    ['"a"', '"@c.org"', '"a b@c.org"'],
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
    [[], ['a'], ['a', 1], ['a', 1, 2]],
    ['["a","b"]', '["a",1,2,3]', '["a",]'],
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
    [[], ['a']],
    ['["a",1]', '[1]'],
  ],
  ['a tuple of none', { prefixItems: [{ type: 'string' }], maxItems: 0 }, [[]], ['["a"]']],
  [
    'a tuple of more',
    { prefixItems: [{ type: 'string' }], maxItems: 2 },
    [[], ['a'], ['a', null]],
    ['["a",1,2]'],
  ],
  [
    'a tuple that is open to fewer',
    { prefixItems: [{ type: 'string' }, { type: 'integer' }], minItems: 1, maxItems: 2 },
    [['a'], ['a', 1]],
    ['[]', '["a",1,2]'],
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
    ['{"a"b":true}', '{"a\\":true}', '{"\\n":1,"\\u000a":true}', '{"\\u0001":1,"a\\u0022b":true}'],
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
