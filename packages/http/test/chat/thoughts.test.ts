import type { Message } from '@nano/core'
import { describe, expect, it, vi } from 'vitest'
import { chunk, sse, usageChunk } from '../fake-server.ts'
import { describedServer } from '../fixture-server.ts'
import { openModel, startChatServer } from '../open-model.ts'
import { replyOf, textDeltas } from './reply-of.ts'

describe('a thought of a model of an unknown family', () => {
  const replies = {
    'in the field reasoning': [{ reasoning: 'so' }, ...textDeltas('yes')],
    'in the field reasoning_content': [{ reasoning_content: 'so' }, ...textDeltas('yes')],
    'in the field thinking': [{ thinking: 'so' }, ...textDeltas('yes')],
    'in the field reasoning_text': [{ reasoning_text: 'so' }, ...textDeltas('yes')],
    'in a list of details': [
      { reasoning_details: [{ type: 'reasoning.text', text: 'so' }] },
      ...textDeltas('yes'),
    ],
    'in a list of summaries': [
      { reasoning_details: [{ type: 'reasoning.summary', summary: 'so' }] },
      ...textDeltas('yes'),
    ],
    'in a list of blocks': [
      { thinking_blocks: [{ type: 'thinking', thinking: 'so' }] },
      ...textDeltas('yes'),
    ],
    'in a list of blocks beside empty details': [
      { reasoning_details: [], thinking_blocks: [{ type: 'thinking', thinking: 'so' }] },
      ...textDeltas('yes'),
    ],
    'in the content beside details of another form': [
      { reasoning_details: 'none', content: [{ type: 'thinking', thinking: 'so' }] },
      ...textDeltas('yes'),
    ],
    'in a field and a list': [
      { reasoning: 'so', reasoning_details: [{ type: 'reasoning.text', text: 'so' }] },
      ...textDeltas('yes'),
    ],
    'in brackets': textDeltas('[THI', 'NK]so[/THINK]', 'yes'),
    'in tags': textDeltas('<thi', 'nk>\nso\n</th', 'ink>\n\nyes'),
  }

  it.each(Object.entries(replies))('is reasoning %s', async (_, deltas) => {
    for (const request of [{}, { reasoning: 'on' }] as const)
      expect(await replyOf(deltas, request)).toMatchObject({ reasoning: 'so', text: 'yes' })
  })

  it.each(Object.entries(replies))('%s is left out with reasoning off', async (_, deltas) => {
    const { reasoning, text, requestBody } = await replyOf(deltas, { reasoning: 'off' })
    expect({ reasoning, text }).toEqual({ reasoning: '', text: 'yes' })
    expect(requestBody).toMatchObject({
      chat_template_kwargs: { enable_thinking: false, thinking: false },
    })
  })

  it('is not seen where the answer talks about tags', async () => {
    const text = 'BEGIN <think> AFTER </think> END'
    expect(await replyOf(textDeltas(text))).toMatchObject({ reasoning: '', text })
  })

  it('does not keep a schema from working', async () => {
    const deltas = [{ reasoning_content: 'so' }, ...textDeltas('{"a": 1}')]
    expect(await replyOf(deltas, { schema: { type: 'object' } })).toMatchObject({
      reasoning: 'so',
      text: '{"a": 1}',
    })
  })
})

describe('a model whose format has no thoughts', () => {
  it.each([
    [[{ reasoning_content: 'so' }, ...textDeltas('yes')]],
    [textDeltas('<think>so</think>', 'yes')],
  ])('is said to reason where the server sends %j', async (deltas) => {
    const onWarning = vi.fn<(message: string) => void>()
    const options = { format: 'chatml', onWarning }
    expect(await replyOf(deltas, options)).toMatchObject({ reasoning: '', text: 'yes' })
    expect(onWarning.mock.calls).toEqual([
      [expect.stringMatching(/http\(m\): the server reasons although reasoning is off/)],
    ])
  })

  it('refuses to reason in words', async () => {
    await expect(
      replyOf(textDeltas('yes'), { format: 'chatml', reasoning: 'on' }),
    ).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('a reply without a thought, with reasoning on', () => {
  const warningsOf = async (options: Parameters<typeof replyOf>[1], deltas = textDeltas('yes')) => {
    const onWarning = vi.fn<(message: string) => void>()
    await replyOf(deltas, { reasoning: 'on', onWarning, ...options })
    return onWarning.mock.calls.flat()
  }

  it('is reported where it is not known how the model is asked to reason', async () => {
    expect(await warningsOf({})).toEqual([
      expect.stringMatching(/^http\(m\): reasoning is on, and the reply has no thought/),
    ])
  })

  it('is not reported where the family has a switch, and where the reply is cut', async () => {
    expect(await warningsOf({ format: 'qwen-3' })).toEqual([])
    expect(await warningsOf({ rawFinishReason: 'length' })).toEqual([])
    expect(await warningsOf({ reasoning: 'off' })).toEqual([])
    expect(await warningsOf({}, [{ reasoning: 'so' }, ...textDeltas('yes')])).toEqual([])
  })

  it('is reported once for a model', async () => {
    const onWarning = vi.fn<(message: string) => void>()
    const server = await describedServer(
      'openai-compatible',
      sse(chunk({ content: 'yes' }), chunk({}, 'stop'), usageChunk),
    )
    const model = await openModel({ url: server.url, onWarning })
    for (const messages of ['a', 'b']) await model.generate(messages)
    expect(onWarning).toHaveBeenCalledTimes(1)
    await server.close()
  })
})

describe('the thought of an earlier reply goes back', () => {
  const call = { id: 'a', name: 'add', input: {} }
  const history: Message[] = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: '', reasoning: 'so', toolCalls: [call] },
    { role: 'tool', toolCallId: 'a', output: 3 },
  ]
  const tools = [{ name: 'add', parameters: {} }]

  async function sentMessage(kind: string, deltas: readonly object[]): Promise<unknown> {
    const chunks = deltas.map((delta) => chunk(delta))
    const reply =
      kind === 'ollama'
        ? { message: { content: 'yes' }, done: true, done_reason: 'stop' }
        : undefined
    const server = await describedServer(
      kind,
      reply
        ? (response) => void response.end(`${JSON.stringify(reply)}\n`)
        : sse(...chunks, chunk({}, 'stop'), usageChunk),
    )
    const model = await openModel({ url: server.url, mode: 'chat', onWarning: () => {} })
    await model.generate('hi')
    await model.generate({ messages: history, tools })
    await model.close()
    await server.close()
    const messages = (server.requests.at(-1)?.body['messages'] ?? []) as readonly unknown[]
    return messages[1]
  }

  it.each([
    ['vllm', { reasoning: 'so', reasoning_content: 'so' }],
    ['sglang', { reasoning_content: 'so' }],
    ['llama-server', { reasoning_content: 'so' }],
    ['ollama', { thinking: 'so' }],
  ])('to %s, in the fields that it reads', async (kind, fields) => {
    expect(await sentMessage(kind, textDeltas('yes'))).toMatchObject(fields)
  })

  it('to any other server, in the field or the tags in which it sends thoughts', async () => {
    for (const field of ['reasoning', 'reasoning_content'])
      expect(
        await sentMessage('openai-compatible', [{ [field]: 'so' }, ...textDeltas('yes')]),
      ).toMatchObject({ [field]: 'so' })
    // An empty field beside tags is no field for thoughts.
    const taggedReply = [{ reasoning: '' }, ...textDeltas('<think>so</think>yes')]
    expect(await sentMessage('openai-compatible', taggedReply)).toMatchObject({
      content: '<think>\nso\n</think>\n\n',
    })
    expect(
      await sentMessage('openai-compatible', textDeltas('[THINK]so[/THINK]yes')),
    ).toMatchObject({ content: '[THINK]\nso\n[/THINK]\n\n' })
    const message = await sentMessage('openai-compatible', textDeltas('yes'))
    expect(Object.keys(message as object)).toEqual(['role', 'content', 'tool_calls'])
  })

  it('in the field that the server sends later, and no longer in tags', async () => {
    let replyCount = 0
    const server = await startChatServer((response, request) => {
      const [delta] =
        replyCount++ === 0 ? textDeltas('<think>so</think>yes') : [{ reasoning: 'so' }]
      return sse(
        chunk(delta ?? {}),
        chunk({ content: 'yes' }, 'stop'),
        usageChunk,
      )(response, request)
    })
    const model = await openModel({ url: server.url })
    await model.generate('hi')
    await model.generate('hi')
    await model.generate({ messages: history, tools })
    const messages = server.requests.at(-1)?.body['messages'] as readonly unknown[]
    expect(messages[1]).toMatchObject({ content: '', reasoning: 'so' })
  })
})
