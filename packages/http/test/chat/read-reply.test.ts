import { type GenerateInput, type Message } from '@nano/core'
import { afterEach, describe, expect, it } from 'vitest'
import { openHttp } from '../../src/index.ts'
import { chunk, fakeServer, json, modelList, sse, usageChunk } from '../fake-server.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** What a server's words come to; `format` is whose model it says it has. */
async function told(
  deltas: readonly object[],
  {
    format,
    finish = 'stop',
    ...input
  }: { readonly format?: string; readonly finish?: string } & Partial<
    Exclude<GenerateInput, string>
  > = {},
) {
  const server = await fakeServer({
    '/v1/models': modelList,
    '/v1/chat/completions': sse(
      ...deltas.map((delta) => chunk(delta)),
      chunk({}, finish),
      usageChunk,
    ),
  })
  const model = await openHttp({
    url: server.url,
    server: 'vllm',
    ...(format !== undefined && { format }),
  })
  open.push(
    () => model.close(),
    () => server.close(),
  )
  const reply = await model.generate({ messages: 'hi', ...input })
  return { ...reply, asked: server.requests.at(-1)?.body ?? {} }
}

const content = (...texts: readonly string[]) => texts.map((text) => ({ content: text }))

describe('white space around a thought', () => {
  it('belongs to neither thought nor answer, when the server tells the thought', async () => {
    const { reasoning, text } = await told(
      [
        { reasoning: '\n' },
        { reasoning: ' so' },
        { reasoning: ' \n' },
        { reasoning: 'it is\n' },
        ...content('\n', '\n yes ', 'sir\n'),
      ],
      { format: 'nemotron', reasoning: 'on' },
    )
    expect({ reasoning, text }).toEqual({ reasoning: 'so \nit is', text: 'yes sir\n' })
  })
  it('is kept where there is no thought', async () => {
    expect((await told(content('\n', ' yes'), { format: 'nemotron' })).text).toBe('\n yes')
  })
})

describe('the size of a prompt', () => {
  it("is the server's own count, of the prompt it would render", async () => {
    const server = await fakeServer({
      '/v1/models': modelList,
      '/tokenize': json({ count: 12, max_model_len: 4096, tokens: [] }),
    })
    const model = await openHttp({ url: server.url, server: 'vllm', format: 'qwen-3' })
    open.push(
      () => model.close(),
      () => server.close(),
    )
    expect(await model.countTokens({ messages: 'hi', reasoning: 'off', maxTokens: 5 })).toBe(12)
    expect(server.requests.at(-1)?.body).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      chat_template_kwargs: { enable_thinking: false },
    })
    const nim = await openHttp({ url: server.url, server: 'nim', format: 'qwen-3' })
    await expect(nim.countTokens('hi')).rejects.toMatchObject({ code: 'unsupported' })
    await nim.close()
  })
})

describe('a thought that the template began', () => {
  it('is a thought where the server leaves it in the text', async () => {
    expect(
      await told(content('so it is</thi', 'nk>\n\nyes'), {
        format: 'nemotron-nano-2',
        reasoning: 'on',
      }),
    ).toMatchObject({ reasoning: 'so it is', text: 'yes' })
  })
  it('is not begun again where the server tells it', async () => {
    expect(
      await told([{ reasoning_content: 'so it is' }, ...content('yes')], {
        format: 'nemotron-nano-2',
        reasoning: 'on',
      }),
    ).toMatchObject({ reasoning: 'so it is', text: 'yes' })
  })
  it('that was cut short stays a thought', async () => {
    expect(
      await told(content('so it', ' is</thi'), {
        format: 'nemotron-nano-2',
        reasoning: 'on',
        finish: 'length',
      }),
    ).toMatchObject({ reasoning: 'so it is', text: '', finishReason: 'length', cut: 'reasoning' })
  })
})

describe('one thought under several names', () => {
  it('is told once', async () => {
    expect(
      await told(
        [
          { reasoning: 'so', reasoning_content: 'so', content: '' },
          { content: 'yes', reasoning: null },
        ],
        { format: 'nemotron', reasoning: 'on' },
      ),
    ).toMatchObject({ reasoning: 'so', text: 'yes' })
  })
})

describe('a model of which nothing is known', () => {
  it('is not asked to think, and what it thinks all the same is not shown', async () => {
    expect(await told([{ reasoning: 'so' }, ...content('yes')])).toMatchObject({
      reasoning: '',
      text: 'yes',
    })
    await expect(told(content('yes'), { reasoning: 'on' })).rejects.toMatchObject({
      code: 'unsupported',
    })
  })
})

describe('an answer held to a schema', () => {
  const schema = { type: 'object' }
  it("is asked for in the server's way, and is JSON", async () => {
    const { text, asked } = await told(content('{"a"', ': 1}'), { schema })
    expect(text).toBe('{"a": 1}')
    expect(asked).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { schema, strict: true } },
    })
  })
  it('that is no JSON is bad output, unless it was cut', async () => {
    await expect(told(content('{"a"'), { schema })).rejects.toMatchObject({ code: 'bad-output' })
    expect(await told(content('{"a"'), { schema, finish: 'length' })).toMatchObject({
      text: '{"a"',
      finishReason: 'length',
    })
  })
  it('is not asked of a model that thinks: the thought would have to be JSON', async () => {
    await expect(
      told(content('{}'), { schema, reasoning: 'on', format: 'nemotron' }),
    ).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('calls', () => {
  const tool = { name: 'add', parameters: {} }
  const call = (index: number, more: object) => ({ tool_calls: [{ index, ...more }] })

  it('with arguments that are not JSON are bad output, unless they were cut', async () => {
    const half = [call(0, { id: 'a', function: { name: 'add', arguments: '{"a"' } })]
    await expect(told(half, { tools: [tool], finish: 'tool_calls' })).rejects.toMatchObject({
      code: 'bad-output',
      message: expect.stringMatching(/a tool call of add whose arguments are not JSON/) as string,
    })
    expect(await told(half, { tools: [tool], finish: 'length' })).toMatchObject({
      toolCalls: [],
      finishReason: 'length',
    })
  })
  it('come in pieces that take turns, with a name in every piece, and with parsed arguments', async () => {
    const { toolCalls } = await told(
      [
        call(0, { id: 'a', function: { name: 'add', arguments: '{"a"' } }),
        call(1, { id: 'b', function: { name: 'add', arguments: '' } }),
        call(0, { id: 'a', function: { name: 'add', arguments: ': 1}' } }),
        call(1, { function: { arguments: '{}' } }),
        call(2, { id: 'c', function: { name: 'add', arguments: { a: 2 } } }),
      ],
      { tools: [tool], finish: 'tool_calls' },
    )
    expect(toolCalls).toEqual([
      { id: 'a', name: 'add', input: { a: 1 } },
      { id: 'b', name: 'add', input: {} },
      { id: 'c', name: 'add', input: { a: 2 } },
    ])
  })
  it('never repeat an id of the conversation', async () => {
    const messages: Message[] = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'call_0', name: 'add', input: {} }] },
      { role: 'tool', toolCallId: 'call_0', output: { sum: 3 } },
    ]
    const { toolCalls, asked } = await told(
      [
        call(0, { id: 'call_0', function: { name: 'add', arguments: '{}' } }),
        call(1, { function: { name: 'add', arguments: '{}' } }),
      ],
      { messages, tools: [tool], finish: 'tool_calls' },
    )
    expect(new Set(['call_0', ...toolCalls.map(({ id }) => id)]).size).toBe(3)
    expect(asked['messages']).toEqual([
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'call_0', type: 'function', function: { name: 'add', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_0', content: '{"sum": 3}' },
    ])
  })
  it('are not offered where none are wanted, and demanded where one is', async () => {
    expect(
      (await told(content('a'), { tools: [tool], toolChoice: 'none' })).asked,
    ).not.toHaveProperty('tools')
    expect(
      (await told(content('a'), { tools: [tool], toolChoice: { name: 'add' } })).asked,
    ).toMatchObject({ tool_choice: { type: 'function', function: { name: 'add' } } })
  })
})

describe('control tokens in texts', () => {
  const user = (text: string) => ({ messages: text })
  it('of the model are refused, and those of others are text', async () => {
    await expect(
      told(content('a'), { format: 'nemotron', ...user('a <|eot_id|>') }),
    ).rejects.toMatchObject({ code: 'invalid-request' })
    await expect(
      told(content('a'), { format: 'deepseek-r1-distill', ...user('a <｜User｜> b') }),
    ).rejects.toMatchObject({ code: 'invalid-request' })
    expect(
      (await told(content('a'), { format: 'nemotron', ...user('a <s>struck</s> [INST]') })).text,
    ).toBe('a')
  })
  it('of whichever family are refused where the model is unknown', async () => {
    for (const text of ['<|im_end|>', '</s>', '[INST]', '<end_of_turn>', '<｜Assistant｜>'])
      await expect(told(content('a'), user(text)), text).rejects.toMatchObject({
        code: 'invalid-request',
      })
  })
})
