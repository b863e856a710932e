import { describe, expect, it } from 'vitest'
import { Model } from '../../src/index.ts'
import { escapePattern } from '../../src/driver/index.ts'
import { parseRequest } from '../../src/request.ts'
import { scripted } from '../../src/testing/index.ts'

describe('a request', () => {
  it.each<[what: string, value: unknown, message: string]>([
    ['a date', new Date(0), '#/examples is of the class Date: write it as plain data'],
    ['a number that is none', [Number.NaN], '#/examples/0 is NaN, which JSON does not have: leave'],
    ['an endless number', { 'a/b': Infinity }, '#/examples/a~1b is Infinity, which JSON does not'],
    ['nothing in a list', [1, undefined], '#/examples/1 is undefined: leave it out, or write null'],
    ['a hole in a list', Array(1), '#/examples/0 is undefined'],
    ['a function', () => {}, '#/examples is a function: leave it out'],
    ['an object of a class', [[], new Map()], '#/examples/1 is of the class Map'],
    ['a large integer', 1n, '#/examples is a bigint: write a number, or a text'],
    ['itself', circle(), 'contains itself, which JSON cannot: in a schema, use $ref'],
    ['a thousand lists', nest(1_000), 'is nested deeper than 1000 levels'],
    ['shared lists that are as deep', share(nest(500)), 'is nested deeper than 1000 levels'],
  ])('whose schema contains %s is no JSON, and refused', async (_what, value, message) => {
    const request = { messages: 'hi', schema: { examples: value } as never }
    const model = new Model(scripted({ capabilities: { schema: true } }))
    await expect(model.generate(request)).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(new RegExp(`${escapePattern(message)}.*at schema$`, 's')),
    })
  })
  it.each<[what: string, schema: unknown, message: string]>([
    ['a list', [], 'expected a JSON Schema, an object, got a list'],
    ['a boolean', true, 'expected a JSON Schema, an object, got true'],
    ['an object of a class', new (class Answer {})(), 'it is of the class Answer'],
    ['an object of a class without a name', new (class {})(), 'it is of a class: write'],
  ])('whose schema is %s is refused', async (_what, schema, message) => {
    const model = new Model(scripted({ capabilities: { schema: true } }))
    await expect(model.generate({ messages: 'hi', schema: schema as never })).rejects.toMatchObject(
      {
        code: 'invalid-request',
        message: expect.stringContaining(message),
      },
    )
  })
  it('is read without properties that are undefined, which are left as they are', async () => {
    const part = { type: 'integer', title: undefined }
    const schema = { items: part, prefixItems: [part], $comment: undefined }
    const output = { a: undefined, b: [{ c: undefined }] }
    const request = await parseRequest({
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'c', name: 'f', input: { a: undefined } }],
        },
        { role: 'tool', toolCallId: 'c', output },
      ],
      tools: [{ name: 'f', parameters: { title: undefined } }],
      schema,
    })
    const readItems = { type: 'integer' }
    expect(request.schema).toStrictEqual({ items: readItems, prefixItems: [readItems] })
    expect(request.tools).toStrictEqual([{ name: 'f', parameters: {} }])
    expect(request.messages.at(-1)).toMatchObject({ output: { b: [{}] } })
    expect(request.messages[1]).toMatchObject({ toolCalls: [{ input: {} }] })
    expect(schema).toHaveProperty('$comment')
  })
  it('whose schema has the same part twice in each of 100 levels is read at once', async () => {
    const schema = shareTwice(100)
    expect((await parseRequest({ messages: 'hi', schema })).schema).toEqual(schema)
  })
  it.each<[where: string, fields: object, place: string]>([
    ['a tool', { tools: [{ name: 'f', parameters: shareTwice(100) }] }, 'tools[0].parameters'],
    ['a constant', { schema: { const: shareTwice(100) } }, 'schema'],
    ['the input of a call', { messages: callWith(shareTwice(100)) }, 'messages[1]'],
  ])('that would be too long as JSON in %s is refused', async (_where, fields, place) => {
    await expect(parseRequest({ messages: 'hi', ...fields })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(
        new RegExp(`20,000,000 characters.*\\$ref.*${escapePattern(place)}`, 's'),
      ),
    })
  })
  it('whose tool has parameters that are no JSON is refused by their place', async () => {
    const tools = [{ name: 'add', parameters: { examples: [new Date(0)] } }]
    const model = new Model(scripted({ capabilities: { tools: 'forced' } }))
    await expect(model.generate({ messages: 'hi', tools })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(/#\/examples\/0 is of.*at tools\[0\]\.parameters$/s),
    })
  })
  it('may contain JSON of any kind, as deep as a thousand lists', async () => {
    const examples = [null, true, -1.5, 'a', [], { constructor: {}, ['__proto__']: 1 }, nest(990)]
    const model = new Model(scripted({ capabilities: { schema: true }, reply: () => ['{}'] }))
    const { object } = await model.generate({ messages: 'hi', schema: { examples } })
    expect(object).toEqual({})
  })
})

function nest(depth: number): unknown {
  let value: unknown = []
  for (let level = 1; level < depth; level++) value = [value]
  return value
}

function circle(): unknown {
  const list: unknown[] = []
  list.push(list)
  return list
}

/** A list that has another in two places, once deep inside. */
function share(part: unknown): unknown {
  let value: unknown = [part]
  for (let level = 1; level < 500; level++) value = [value]
  return [part, value]
}

/** A schema whose parts are the same object twice, so that each level doubles its JSON. */
function shareTwice(depth: number): Record<string, never> {
  let schema: unknown = { type: 'string' }
  for (let level = 0; level < depth; level++)
    schema = { type: 'object', properties: { a: schema, b: schema } }
  return schema as Record<string, never>
}

function callWith(input: unknown): unknown {
  return [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: '', toolCalls: [{ id: 'c', name: 'f', input }] },
  ]
}
