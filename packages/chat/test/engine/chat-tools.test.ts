import { Model, NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { countTurns } from '../../../../test/shared/count-turns.ts'
import { type FormatName, formats } from '../../src/index.ts'
import { chat } from '../../src/engine/index.ts'
import { gptOss } from '../../src/formats/gpt-oss.ts'
import { llama3 } from '../../src/formats/llama-3.ts'
import { nemotron } from '../../src/formats/nemotron.ts'
import { parrot, thinker } from '../support/parrot.ts'

const reasoningOn = { messages: 'hi', reasoning: 'on' } as const
const modelSaying = (reply: string, log: string[] = []) =>
  new Model(chat(parrot({ says: () => reply, log }), nemotron))

describe('tools', () => {
  const tools = [{ name: 'add', parameters: {} }]
  it('become calls, with ids that go on from the history', async () => {
    const call =
      '<TOOLCALL>[{"name": "add", "arguments": {"a": 1}}, {"name": "add", "arguments": ' +
      '{}}]</TOOLCALL>'
    const result = await modelSaying(`Let me see. ${call}`).generate({
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: '', toolCalls: [{ id: 'call_1', name: 'add', input: {} }] },
        { role: 'tool', toolCallId: 'call_1', output: 3 },
      ],
      tools,
    })
    expect(result).toMatchObject({
      text: 'Let me see. ',
      finishReason: 'tool-calls',
      message: {
        toolCalls: [
          { id: 'call_2', name: 'add', input: { a: 1 } },
          { id: 'call_3', input: {} },
        ],
      },
    })
  })
  it('have their schemas read in turns, before a call comes', async () => {
    const constants = Array.from({ length: 100_000 }, (_, index) => ({ const: index }))
    const parameters = { type: 'object', properties: { a: { anyOf: constants } } }
    const says = () => '<TOOLCALL>[{"name": "add", "arguments": {"a": 1}}]</TOOLCALL>'
    const shortPrompts = { ...nemotron, render: () => [{ text: 'add' }] }
    const { stream } = chat(parrot({ says }), shortPrompts)
    const request = {
      messages: [{ role: 'user', content: 'hi' }],
      tools: [{ name: 'add', parameters }],
    }
    const types: string[] = []
    const turnCount = await countTurns(async () => {
      const parts = stream(request as never, { signal: new AbortController().signal })
      for await (const { type } of parts) types.push(type)
    })
    expect(types).toEqual(['tool-call', 'finish'])
    expect(turnCount).toBeGreaterThan(10)
  })
  it('are no calls inside a thought', async () => {
    const result = await modelSaying(
      '<think><TOOLCALL>[{"name": "add"}]</TOOLCALL></think>ok',
    ).generate({
      ...reasoningOn,
      tools,
    })
    expect(result).toMatchObject({
      reasoning: '<TOOLCALL>[{"name": "add"}]</TOOLCALL>',
      text: 'ok',
      toolCalls: [],
      finishReason: 'stop',
    })
  })
  it.each<[name: FormatName, reasoning: 'on' | 'off', reply: string]>([
    [
      'nemotron',
      'off',
      '<TOOLCALL>[{"name": "add", "arguments": {"s": "<think> and </think>"}}]</TOOLCALL>',
    ],
    [
      'nemotron-nano-2',
      'on',
      'so</think>\n\n<TOOLCALL>[{"name": "add", "arguments": {"s": "<think> and </think>' +
        '"}}]</TOOLCALL>',
    ],
    [
      'qwen-3',
      'on',
      '<think>so</think><tool_call>{"name": "add", "arguments": {"s": "<think> and </think>' +
        '"}}</tool_call>',
    ],
    [
      'nemotron-3-nano',
      'off',
      '<tool_call>\n<function=add>\n<parameter=s>\n<think> and </think>\n</parameter>\n' +
        '</function>\n</tool_call>',
    ],
    [
      'gpt-oss',
      'on',
      '<|channel|>commentary to=functions.add <|constrain|>json<|message|>{"s": "<think> ' +
        'and </think>"}',
    ],
  ])('keep the markers of thoughts in their arguments: %s', async (name, reasoning, reply) => {
    const format = formats[name]
    const model = new Model(
      chat(parrot({ says: () => reply, controls: format.controlTokens ?? [] }), format),
    )
    expect(await model.generate({ messages: 'hi', tools, reasoning })).toMatchObject({
      text: '',
      toolCalls: [{ name: 'add', input: { s: '<think> and </think>' } }],
      finishReason: 'tool-calls',
    })
  })
  it('are text in code, as thoughts are', async () => {
    const reply = 'Write:\n```\n<TOOLCALL>[{"name": "add"}]</TOOLCALL>\n```\nand `<think>`.'
    expect(await modelSaying(reply).generate({ messages: 'hi', tools })).toMatchObject({
      text: reply,
      toolCalls: [],
      finishReason: 'stop',
    })
  })
  it('of gpt-oss that are no JSON, or to tools nobody offered, are what it said', async () => {
    const generateReply = async (body: string, request: object) => {
      const reply = `<|channel|>commentary to=functions.add <|constrain|>json<|message|>${body}`
      return new Model(
        chat(parrot({ says: () => reply, controls: gptOss.controlTokens ?? [] }), gptOss),
      ).generate({ messages: 'hi', ...request })
    }
    expect(await generateReply('{"a": ', { tools })).toMatchObject({
      text: '{"a": ',
      toolCalls: [],
      finishReason: 'stop',
    })
    expect(await generateReply('{"a": 1}', {})).toMatchObject({
      text: '{"a": 1}',
      toolCalls: [],
      finishReason: 'stop',
    })
    expect(await generateReply('', { tools })).toMatchObject({
      text: '',
      toolCalls: [{ name: 'add', input: {} }],
      finishReason: 'tool-calls',
    })
  })
  it('that the limit cuts stay text', async () => {
    const call = '<TOOLCALL>[{"name": "add", "arguments": {"a": 12'
    expect(
      await modelSaying(`${call}0}}]`).generate({ messages: 'hi', tools, maxTokens: call.length }),
    ).toMatchObject({ text: call, toolCalls: [], finishReason: 'length' })
  })
  it(
    'come in the channel for them from gpt-oss, whose control tokens the engine is asked to ' +
      'show',
    async () => {
      const reply =
        '<|channel|>analysis<|message|>so<|end|><|start|>assistant<|channel|>commentary ' +
        'to=functions.add <|constrain|>json<|message|>{"a": 1}'
      const model = new Model(
        chat(parrot({ says: () => reply, controls: gptOss.controlTokens ?? [] }), gptOss),
      )
      expect(await model.generate({ messages: 'hi', tools })).toMatchObject({
        reasoning: 'so',
        text: '',
        toolCalls: [{ id: 'call_1', name: 'add', input: { a: 1 } }],
        finishReason: 'tool-calls',
      })
    },
  )
  it('finish the reply even where a stop string ends it', async () => {
    expect(
      await modelSaying('<TOOLCALL>[{"name": "add"}]</TOOLCALL> STOP').generate({
        messages: 'hi',
        tools,
        stop: ['STOP'],
      }),
    ).toMatchObject({ finishReason: 'tool-calls' })
  })
  it('are text where none is offered', async () => {
    expect(await modelSaying('<TOOLCALL>[]</TOOLCALL>').generate('hi')).toMatchObject({
      text: '<TOOLCALL>[]</TOOLCALL>',
      finishReason: 'stop',
    })
  })
  it('are refused where the format has no syntax for them, in the history too', async () => {
    const model = new Model(chat(thinker(), llama3))
    await expect(model.generate({ messages: 'hi', tools })).rejects.toThrow(
      'parrot does not support tools',
    )
    const history = [
      { role: 'assistant' as const, content: '', toolCalls: [{ id: 'a', name: 'add', input: {} }] },
      { role: 'tool' as const, toolCallId: 'a', output: 1 },
    ]
    const error: unknown = await model
      .generate({ messages: history })
      .catch((error: unknown) => error)
    expect(NanoError.is(error) && error.code).toBe('unsupported')
  })
})
