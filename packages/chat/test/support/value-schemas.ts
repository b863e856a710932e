import { person, tree, type SchemaCase } from './schema-values.ts'

/** Schemas that a grammar is made for. */
export const valueSchemas: readonly SchemaCase[] = [
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
    [{}, { a: 1 }, { a: 1, b: 'x' }, { b: 'x', ab: 'y' }, { '': 'x' }, { b: 'x', a: 1 }],
    ['{"a":"x"}', '{"b":1}', '{"b":"x","a":"x"}'],
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
    ['ab', 'abc', 'é"\n', '🙂🙂', '🙂🙂🙂'],
    ['""', '"a"', '"abcd"', '"\\u00e9"', '"\\ud83d\\ude42"'],
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
]
