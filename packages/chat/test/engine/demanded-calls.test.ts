import { Model, structured } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { chat } from '../../src/engine/index.ts'
import { type ChatFormat, formats } from '../../src/index.ts'
import { gptOss } from '../../src/formats/gpt-oss.ts'
import { parrot } from '../support/parrot.ts'

const tools = [
  {
    name: 'add',
    parameters: {
      type: 'object',
      properties: { a: { type: 'integer' } },
      required: ['a'],
    },
  },
]
const wrapInTags = (json: string) => `<tool_call>\n${json}\n</tool_call>`
const isHeld = { grammar: true, grammarShowsControlTokens: true }

/** A model that says this, whatever grammar it is held to. */
function modelSaying(
  reply: string | (() => string),
  format: ChatFormat = formats['qwen-3'],
): Model {
  const says = () => (typeof reply === 'string' ? reply : reply())
  const engine = parrot({ says, controls: format.controlTokens ?? [] })
  return new Model(chat({ ...engine, ...isHeld }, format))
}

describe.each(['required', { name: 'add' }] as const)('a call demanded by %j', (toolChoice) => {
  const request = { messages: 'hi', reasoning: 'off', tools, toolChoice } as const

  it('is the call', async () => {
    const reply = wrapInTags('{"name": "add", "arguments": {"a": 1}}')
    expect(await modelSaying(reply).generate(request)).toMatchObject({
      toolCalls: [{ name: 'add', input: { a: 1 } }],
      finishReason: 'tool-calls',
    })
  })

  it.each<[what: string, reply: string, fault: string]>([
    [
      'does not satisfy the schema',
      wrapInTags('{"name": "add", "arguments": {"a": "one"}}'),
      '#/properties/a/type',
    ],
    [
      'lacks what the schema requires',
      wrapInTags('{"name": "add", "arguments": {}}'),
      '#/required',
    ],
  ])('that %s is bad output, and asked for again by structured()', async (_what, reply, fault) => {
    const model = modelSaying(reply)
    await expect(model.generate(request)).rejects.toMatchObject({
      code: 'bad-output',
      message: expect.stringContaining(fault),
    })
    const replies = [reply, wrapInTags('{"name": "add", "arguments": {"a": 1}}')]
    const repaired = modelSaying(() => replies.shift() ?? '').with(structured())
    expect(await repaired.generate(request)).toMatchObject({
      toolCalls: [{ name: 'add', input: { a: 1 } }],
    })
  })

  it.each<[what: string, reply: string]>([
    ['cannot be parsed', wrapInTags('{"name": "add", "arguments": ')],
    ['does not come', 'I would rather not.'],
  ])('and %s is bad output, with its tool and without the text', async (_what, reply) => {
    const error: unknown = await modelSaying(reply)
      .generate(request)
      .catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: 'bad-output',
      message:
        'parrot: the reply had to call add, and has no call that can be read, ' +
        `only ${reply.length} characters of text`,
    })
  })

  it('and cut by the limit ends with the limit', async () => {
    const reply = wrapInTags('{"name": "add", "arguments": {"a": 1}}')
    expect(await modelSaying(reply).generate({ ...request, maxTokens: 20 })).toMatchObject({
      toolCalls: [],
      finishReason: 'length',
    })
  })
})

describe('a call that nobody demanded', () => {
  it('and that does not hold to its schema is text', async () => {
    const reply = wrapInTags('{"name": "add", "arguments": {"a": "one"}}')
    expect(
      await modelSaying(reply).generate({ messages: 'hi', reasoning: 'off', tools }),
    ).toMatchObject({
      text: reply,
      toolCalls: [],
      finishReason: 'stop',
    })
  })

  it('of gpt-oss is held to its schema too', async () => {
    const reply = '<|channel|>commentary to=functions.add <|constrain|>json<|message|>{"a": "one"}'
    expect(await modelSaying(reply, gptOss).generate({ messages: 'hi', tools })).toMatchObject({
      text: '{"a": "one"}',
      toolCalls: [],
    })
  })

  it('to a tool whose schema nobody can check takes any object', async () => {
    const reply = wrapInTags('{"name": "add", "arguments": {"a": "one"}}')
    const uncheckedTools = [{ name: 'add', parameters: { type: 'object', 'x-unknown': { a: 1 } } }]
    expect(
      await modelSaying(reply).generate({
        messages: 'hi',
        reasoning: 'off',
        tools: uncheckedTools,
      }),
    ).toMatchObject({ toolCalls: [{ name: 'add', input: { a: 'one' } }] })
  })
})

it('a begun text that goes on with JSON has no call in it', async () => {
  const json = '{"name": "add", "arguments": {"a": 1}}'
  const reply = await modelSaying(json).generate({
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'As JSON: ', continue: true },
    ],
    reasoning: 'off',
    tools,
  })
  expect(reply).toMatchObject({ text: json, toolCalls: [] })
})
