import type { Message } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { chunk, json, sse, usageChunk } from '../fake-server.ts'
import { serverDescriptions } from '../fixture-server.ts'
import { openModel, startFakeServer } from '../open-model.ts'

const user = { role: 'user', content: 'What is 3 + 4?' } as const
const begunText: readonly Message[] = [
  user,
  { role: 'assistant', content: 'It is', continue: true },
]
const begunThought: readonly Message[] = [
  user,
  { role: 'assistant', content: '', reasoning: 'So 3', continue: true },
]
const wholeReply: readonly Message[] = [user, { role: 'assistant', content: 'It is 7.' }]

interface ServerOptions {
  readonly deltas?: readonly object[]
  readonly format?: string
  /** What the server renders of a reply to continue; absent, it cannot say it. */
  readonly renderedText?: string
}

/** Opens the chat of a server that answers with `deltas`. */
async function openChat(
  kind: string,
  { deltas = [{ content: ' 7' }], format = 'qwen-3', renderedText }: ServerOptions = {},
) {
  const chat = sse(...deltas.map((delta) => chunk(delta)), chunk({}, 'stop'), usageChunk)
  const server = await startFakeServer({
    ...serverDescriptions[kind],
    '/v1/chat/completions': chat,
    ...(renderedText !== undefined && {
      '/apply-template': json({ prompt: renderedText }),
      '/tokenize': json({ token_strs: [...renderedText], tokens: [], count: renderedText.length }),
    }),
  })
  const model = await openModel({ url: server.url, mode: 'chat', format })
  const body = () => server.requests.at(-1)?.body ?? {}
  return { model, body }
}

const byTemplate = 'a<think>nano-thought</think>nano-answer'
const byAppending = 'anano-answer'

describe('a begun text', () => {
  it.each([
    ['vllm', undefined, { continue_final_message: true, add_generation_prompt: false }],
    ['nim', undefined, { continue_final_message: true, add_generation_prompt: false }],
    ['sglang', undefined, { continue_final_message: true }],
    ['llama-server', byTemplate, { continue_final_message: true, add_generation_prompt: false }],
    ['llama-server', undefined, { chat_template_kwargs: { enable_thinking: false } }],
  ])('is continued by the fields of %s, which renders %j', async (kind, renderedText, fields) => {
    const { model, body } = await openChat(kind, renderedText === undefined ? {} : { renderedText })
    expect(await model.generate({ messages: begunText })).toMatchObject({
      reasoning: '',
      text: ' 7',
    })
    expect(body()).toMatchObject({
      ...fields,
      messages: [user, { role: 'assistant', content: 'It is' }],
    })
  })

  it('stays text where a parser of thoughts takes its rest for one', async () => {
    const deltas = [{ reasoning: ' ' }, { reasoning_content: '7' }]
    const { model } = await openChat('vllm', { deltas })
    expect(await model.generate({ messages: begunText, reasoning: 'on' })).toMatchObject({
      reasoning: '',
      text: ' 7',
    })
  })

  it('keeps its thought where the server would leave it out', async () => {
    const messages: readonly Message[] = [
      user,
      { role: 'assistant', content: 'It is', reasoning: 'So 3', continue: true },
    ]
    for (const [kind, renderedText] of [['sglang'], ['vllm', byAppending]] as const) {
      const { model, body } = await openChat(
        kind,
        renderedText === undefined ? {} : { renderedText },
      )
      await model.generate({ messages, reasoning: 'on' })
      expect(body()['messages']).toEqual([
        user,
        { role: 'assistant', content: '<think>\nSo 3\n</think>\n\nIt is' },
      ])
    }
    const { model, body } = await openChat('vllm', { renderedText: byTemplate })
    await model.generate({ messages, reasoning: 'on' })
    expect((body()['messages'] as object[]).at(-1)).toMatchObject({
      content: 'It is',
      reasoning: 'So 3',
    })
    const { model: oldModel } = await openChat('llama-server')
    await expect(oldModel.generate({ messages })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/a reply that has a thought: this version/) as string,
    })
  })
})

describe('a begun thought', () => {
  it.each([
    ['vllm', 'qwen-3', undefined, { content: '<think>\nSo 3' }],
    ['vllm', 'nemotron-nano-2', undefined, { content: '<think>\nSo 3' }],
    ['sglang', 'qwen-3', undefined, { content: '<think>\nSo 3' }],
    // The prompt of a new reply ends with the tag already.
    ['sglang', 'nemotron-nano-2', undefined, { content: 'So 3' }],
    ['llama-server', 'nemotron', byAppending, { content: '<think>\nSo 3' }],
    ['llama-server', 'qwen-3', byTemplate, { content: '', reasoning_content: 'So 3' }],
  ])('goes to %s with %s', async (kind, format, renderedText, reply) => {
    const deltas = [{ content: ' + 4.</think>\n\n7' }]
    const { model, body } = await openChat(kind, {
      format,
      ...(renderedText === undefined ? { deltas } : { renderedText }),
    })
    await model.generate({ messages: begunThought, reasoning: 'on' })
    expect((body()['messages'] as object[]).at(-1)).toEqual({ role: 'assistant', ...reply })
  })

  it('goes on in the text, white space included, where the server has no parser', async () => {
    const { model } = await openChat('vllm', { deltas: [{ content: ' + 4.\n</think>\n\n7' }] })
    expect(await model.generate({ messages: begunThought, reasoning: 'on' })).toMatchObject({
      reasoning: ' + 4.',
      text: '7',
    })
  })

  it('goes on in its own field where the server has one', async () => {
    const deltas = [{ reasoning_content: ' + ' }, { reasoning_content: '4\n' }, { content: '7' }]
    for (const [kind, renderedText] of [['vllm'], ['llama-server', byTemplate]] as const) {
      const { model } = await openChat(kind, {
        deltas,
        ...(renderedText && { renderedText }),
      })
      expect(await model.generate({ messages: begunThought, reasoning: 'on' })).toMatchObject({
        reasoning: ' + 4',
        text: '7',
      })
    }
  })

  it('may end at once where text is known to be no thought', async () => {
    const { model } = await openChat('llama-server', {
      deltas: [{ content: '7' }],
      renderedText: byTemplate,
    })
    expect(await model.generate({ messages: begunThought, reasoning: 'on' })).toMatchObject({
      reasoning: '',
      text: '7',
    })
  })

  it('is refused by a llama-server that would leave it out', async () => {
    const { model } = await openChat('llama-server')
    await expect(model.generate({ messages: begunThought })).rejects.toMatchObject({
      code: 'unsupported',
    })
  })
})

describe('a last reply that is not marked', () => {
  it('is answered by llama-server, which goes on with an empty reply behind it', async () => {
    const { model, body } = await openChat('llama-server', { renderedText: byTemplate })
    for (const [reasoning, field] of [
      ['on', 'reasoning_content'],
      ['off', 'content'],
    ] as const) {
      await model.generate({ messages: wholeReply, reasoning })
      expect(body()).toMatchObject({
        messages: [...wholeReply, { role: 'assistant', content: [{ type: 'text', text: '' }] }],
        continue_final_message: field,
        add_generation_prompt: false,
      })
    }
  })

  it('stays a reply at SGLang, which makes a text a message of the user', async () => {
    const { model, body } = await openChat('sglang')
    await model.generate({ messages: wholeReply })
    expect(body()['messages']).toEqual([
      user,
      { role: 'assistant', content: [{ type: 'text', text: 'It is 7.' }] },
    ])
    expect(body()).not.toHaveProperty('continue_final_message')
  })

  it('goes to vLLM as it is', async () => {
    const { model, body } = await openChat('vllm')
    await model.generate({ messages: wholeReply })
    expect(body()['messages']).toEqual(wholeReply)
    expect(body()).not.toHaveProperty('continue_final_message')
  })

  it.each(['llama-server', 'ollama', 'tgi'])(
    'is refused where nothing keeps the server from going on with it: %s',
    async (kind) => {
      const { model } = await openChat(kind)
      await expect(model.generate({ messages: wholeReply })).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(/not marked continue/) as string,
      })
    },
  )
})

it('a llama-server without templates continues no reply', async () => {
  const { model } = await openChat('llama-server', { renderedText: 'anano-answer<|im_end|>' })
  expect(model.capabilities.continuation).toBe(false)
  await expect(model.generate({ messages: wholeReply })).rejects.toMatchObject({
    code: 'unsupported',
  })
})
