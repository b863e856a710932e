import type { GenerateRequest } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { canConstrain, replyConstrainer } from '../../src/engine/constrain-reply.ts'
import { formats } from '../../src/index.ts'
import { deepseekR1Distill } from '../../src/formats/deepseek-r1-distill.ts'
import { nemotron } from '../../src/formats/nemotron.ts'
import { nemotron3Nano } from '../../src/formats/nemotron-3-nano.ts'
import { qwen3 } from '../../src/formats/qwen-3.ts'
import { language } from '../support/gbnf.ts'
import { parrot } from '../support/parrot.ts'

const user = { role: 'user', content: 'hi' } as const
const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] }
const tools = [
  {
    name: 'add',
    parameters: { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
  },
  {
    name: 'say',
    parameters: {
      type: 'object',
      properties: { text: { type: 'string' }, loud: { type: 'boolean' } },
      required: ['text'],
    },
  },
]
const requestWith = (fields: object = {}): GenerateRequest => ({ messages: [user], ...fields })

async function readLanguages(format: typeof nemotron, fields: object) {
  const constraint = await replyConstrainer(format, 'engine')(requestWith(fields))
  if (!constraint) throw new Error('no constraint')
  return { reply: language(constraint.replyGrammar), answer: language(constraint.answerGrammar) }
}

it('a request that asks for nothing is not held to anything', async () => {
  const constrain = replyConstrainer(nemotron, 'engine')
  expect(await constrain(requestWith())).toBeUndefined()
  expect(await constrain(requestWith({ tools }))).toBeUndefined()
  expect(await constrain(requestWith({ tools, toolChoice: 'none' }))).toBeUndefined()
})

it.each<[grammarShowsControlTokens: boolean, notConstrained: readonly string[]]>([
  [false, ['gpt-oss', 'nemotron-3-nano']],
  [true, ['gpt-oss']],
])(
  'where control tokens are text for grammars: %s, these formats cannot be held to one: %j',
  (grammarShowsControlTokens, notConstrained) => {
    const engine = { ...parrot({ says: () => '' }), grammarShowsControlTokens }
    expect(
      Object.values(formats)
        .filter((format) => !canConstrain(format, engine))
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(notConstrained)
  },
)

it.each<[keyword: string, combine: (part: object) => object]>([
  ['properties', (part) => ({ type: 'object', properties: { a: part, b: part } })],
  ['anyOf', (part) => ({ anyOf: [part, part] })],
])('a schema with the same part twice in each of 40 levels of %s holds', async (_name, combine) => {
  let schema: object = { type: 'string', maxLength: 3 }
  for (let level = 0; level < 40; level++) schema = combine(schema)
  const constraint = await replyConstrainer(nemotron, 'engine')(requestWith({ schema }))
  expect(constraint?.answerGrammar.length).toBeLessThan(20_000)
})

describe('a schema', () => {
  it('holds the answer, and leaves a thought free', async () => {
    const { reply, answer } = await readLanguages(nemotron, { schema, reasoning: 'on' })
    for (const text of ['{"a":1}', '<think>\n{"a": "x"} <thi </thin\n</think>\n\n{"a":1}'])
      expect(reply(text), text).toBe(true)
    for (const text of [
      '',
      '{"a":"x"}',
      '<think>so</think>',
      '<think>{"a":1}',
      'so {"a":1}',
      '<think>a</think>{"a":1}x',
    ])
      expect(reply(text), text).toBe(false)
    expect([answer('{"a":1}'), answer('<think></think>{"a":1}')]).toEqual([true, false])
  })
  it('leaves no thought where reasoning is off', async () => {
    const { reply } = await readLanguages(nemotron, { schema, reasoning: 'off' })
    expect([reply('{"a":1}'), reply('<think>so</think>{"a":1}')]).toEqual([true, false])
  })
  it('begins inside a thought that the prompt opens', async () => {
    const { reply } = await readLanguages(deepseekR1Distill, { schema, reasoning: 'on' })
    expect([reply('so</think>\n\n{"a":1}'), reply('{"a":1}')]).toEqual([true, false])
  })
  it('begins inside a thought that goes on', async () => {
    const messages = [user, { role: 'assistant', content: '', reasoning: 'so', continue: true }]
    const { reply } = await readLanguages(nemotron, { schema, reasoning: 'on', messages })
    expect([reply(' far</think>{"a":1}'), reply('{"a":1}')]).toEqual([true, false])
  })
  it('allows a call where tools are offered', async () => {
    const { reply } = await readLanguages(nemotron, { schema, tools })
    for (const text of ['{"a":1}', '<TOOLCALL>[{"name": "add", "arguments": {"a":1}}]</TOOLCALL>'])
      expect(reply(text), text).toBe(true)
    expect(reply('<TOOLCALL>[{"name": "add", "arguments": {"a":"x"}}]</TOOLCALL>')).toBe(false)
  })
})

describe('a call that is demanded', () => {
  const writeCallList = (...calls: readonly string[]) =>
    `<TOOLCALL>[${calls.join(', ')}]</TOOLCALL>`
  const addCall = '{"name": "add", "arguments": {"a":1}}'
  const sayCall = '{"name": "say", "arguments": {"text":"</TOOLCALL>"}}'

  it('is one or more to the tools offered', async () => {
    const { reply } = await readLanguages(nemotron, { tools, toolChoice: 'required' })
    for (const text of [writeCallList(addCall), writeCallList(sayCall, addCall, addCall)])
      expect(reply(text), text).toBe(true)
    for (const text of [
      '',
      '{"a":1}',
      writeCallList(),
      writeCallList('{"name": "sub", "arguments": {}}'),
      writeCallList('{"name": "add", "arguments": {}}'),
      `so ${writeCallList(addCall)}`,
    ])
      expect(reply(text), text).toBe(false)
  })
  it('is to the one that is named', async () => {
    const { reply } = await readLanguages(nemotron, { tools, toolChoice: { name: 'add' } })
    expect([reply(writeCallList(addCall)), reply(writeCallList(sayCall))]).toEqual([true, false])
  })
  it('has the input that its parameters refer to, or one of some', async () => {
    const a = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] }
    const b = { type: 'object', properties: { b: { type: 'null' } }, required: ['b'] }
    const call = (input: string) => writeCallList(`{"name": "add", "arguments": ${input}}`)
    for (const parameters of [
      { $ref: '#/$defs/a', $defs: { a } },
      { anyOf: [a, b] },
      { oneOf: [a, b] },
      { allOf: [a] },
      { allOf: [{ type: 'object', properties: { c: {} } }, a] },
    ]) {
      const { reply } = await readLanguages(nemotron, {
        tools: [{ name: 'add', parameters }],
        toolChoice: 'required',
      })
      expect(
        [reply(call('{"a":1}')), reply(call('{"a":"x"}')), reply(call('1'))],
        JSON.stringify(parameters),
      ).toEqual([true, false, false])
    }
  })
  it('has an object where its parameters do not say so', async () => {
    const { reply } = await readLanguages(nemotron, {
      tools: [{ name: 'add', parameters: {} }],
      toolChoice: 'required',
    })
    expect(
      ['{}', '{"a":1}', '1'].map((input) =>
        reply(writeCallList(`{"name": "add", "arguments": ${input}}`)),
      ),
    ).toEqual([true, true, false])
  })
  it('is written as the family does', async () => {
    const { reply } = await readLanguages(qwen3, { tools, toolChoice: 'required', reasoning: 'on' })
    expect(
      reply(
        `<think>so</think>\n\n<tool_call>\n${addCall}\n</tool_call>\n` +
          `<tool_call>\n${sayCall}\n</tool_call>`,
      ),
    ).toBe(true)
    expect(reply(`<tool_call>\n${addCall}`)).toBe(false)
  })
  it('has values without quotes in XML', async () => {
    const { reply: isAllowed } = await readLanguages(
      { ...nemotron3Nano, reasoning: undefined } as unknown as typeof nemotron,
      { tools, toolChoice: 'required' },
    )
    const call = (body: string) => `<tool_call>\n${body}\n</tool_call>`
    expect(
      isAllowed(
        call(
          '<function=say>\n<parameter=text>\na "b"\n</parameter>\n<parameter=loud>\ntrue\n' +
            '</parameter>\n</function>',
        ),
      ),
    ).toBe(true)
    expect(isAllowed(call('<function=add>\n<parameter=a>\n12\n</parameter>\n</function>'))).toBe(
      true,
    )
    for (const body of [
      '<function=add>\n</function>',
      '<function=add>\n<parameter=a>\nx\n</parameter>\n</function>',
      '<function=sub>\n</function>',
    ])
      expect(isAllowed(call(body)), body).toBe(false)
  })
})

it('one constraint is made for all requests that ask for the same', async () => {
  const constrain = replyConstrainer(nemotron, 'engine')
  const [first, second] = await Promise.all([
    constrain(requestWith({ schema })),
    constrain(requestWith({ schema: structuredClone(schema) })),
  ])
  expect(second).toBe(first)
  expect(await constrain(requestWith({ schema, messages: [user, user] }))).toBe(first)
  expect(await constrain(requestWith({ schema, reasoning: 'on' }))).not.toBe(first)
  expect(await constrain(requestWith({ schema: { ...schema, required: [] } }))).not.toBe(first)
})

it('a schema that is refused is refused again', async () => {
  const constrain = replyConstrainer(nemotron, 'engine')
  const request = requestWith({ schema: { type: 'string', minLength: 2, maxLength: 1 } })
  for (let round = 0; round < 2; round++)
    await expect(constrain(request)).rejects.toThrow('allows no value')
})

it.each<[fields: object, code: string, message: string]>([
  [
    { schema: { $ref: 'https://x.y/z.json' } },
    'unsupported',
    'engine: the schema cannot be checked: #/$ref refers to another schema',
  ],
  [
    { schema: { items: { $ref: '#/$defs/a' } } },
    'invalid-request',
    'engine: the schema is invalid: #/items/$ref refers to nothing',
  ],
  [
    { tools: [{ name: 'add', parameters: { properties: { 'a-item': { minItems: -1 } } } }] },
    'invalid-request',
    'engine: the tool add: the schema is invalid: #/properties/a-item/minItems is -1',
  ],
])('the fault of %j is named as %s, by its place', async (fields, code, message) => {
  const constrain = replyConstrainer(nemotron, 'engine')
  const request = requestWith({ toolChoice: 'schema' in fields ? 'auto' : 'required', ...fields })
  await expect(constrain(request)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  })
})
