import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GenerateResult, Message, Model } from '@nano/core'
import { openHttp } from '@nano/http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { embeddedFolder } from '../../scripts/vllm/embedded-folder.ts'
import type { ServerProcess } from '../../scripts/serve/run-server.ts'
import { switchTool } from '../shared/house-templates.ts'
import { thinkingTemplate } from '../shared/thinking-template.ts'
import { withThoughtTokens } from './thought-tokens.ts'
import { missingVllm, serveWithVllm } from './vllm-server.ts'

const user = { role: 'user', content: 'What is 3 + 4?' } as const
const greedy = { sampling: { temperature: 0 }, maxTokens: 100 } as const
/** vLLM starts in a minute or two where nothing else runs. */
const startTimeout = 1_200_000

describe.skipIf(missingVllm)("a real vLLM's chat with the embedded model", () => {
  let server: ServerProcess
  let chat: Model
  let completions: Model
  beforeAll(async () => {
    const folder = await embeddedFolder()
    const tools = ['--enable-auto-tool-choice', '--tool-call-parser', 'hermes']
    const details = ['--enable-prompt-tokens-details', '--enable-tokenizer-info-endpoint']
    server = await serveWithVllm(folder, { args: [...tools, ...details] })
    const file = readFileSync(join(folder, 'tokenizer.json'), 'utf8')
    const tokenizer = JSON.parse(file) as Record<string, unknown>
    chat = await openHttp({ url: server.url, mode: 'chat' })
    completions = await openHttp({ url: server.url, mode: 'completions', tokenizer })
  }, startTimeout)
  afterAll(() => server?.close())

  it('has the format of the template that the server gives', () => {
    expect([chat.info.format, completions.info.format]).toEqual(['nemotron', 'nemotron'])
  })

  it.each<[string, Partial<Message>]>([
    ['begun thought', { reasoning: '3+', continue: true }],
    ['begun text', { content: 'It is', continue: true }],
    ['begun text behind its thought', { reasoning: '3+4', content: 'It is', continue: true }],
    ['last reply that is not marked', { content: 'It is 7' }],
  ])('takes a %s as completions do', async (_, last) => {
    const messages = [user, { role: 'assistant', content: '', ...last } as Message]
    for (const reasoning of ['on', 'off'] as const) {
      const request = { messages, reasoning, ...greedy }
      expect(comparable(await chat.generate(request))).toEqual(
        comparable(await completions.generate(request)),
      )
    }
  })

  it('gives the log-probabilities of completions', async () => {
    const request = { messages: [user], logprobs: 2, ...greedy }
    const { logprobs = [] } = await chat.generate(request)
    const expected = await completions.generate(request)
    const tokens = (result: typeof logprobs) =>
      result.map(({ text, top }) => [text, ...top.map(({ token }) => token)])
    expect(tokens(logprobs)).toEqual(tokens(expected.logprobs?.slice(0, logprobs.length) ?? []))
    expect(logprobs.length).toBeGreaterThanOrEqual((expected.logprobs?.length ?? 0) - 1)
  })

  it.each(['required', { name: switchTool.name }] as const)(
    'calls a tool that it would not call by itself, for toolChoice %j',
    async (toolChoice) => {
      const request = { messages: [user], tools: [switchTool], ...greedy } as const
      const { toolCalls } = await chat.generate({ ...request, toolChoice, reasoning: 'off' })
      expect(toolCalls).toMatchObject([
        {
          name: switchTool.name,
          input: { room: expect.any(String) as string, on: expect.any(Boolean) as boolean },
        },
      ])
    },
  )

  it('counts what it read from its cache', async () => {
    const request = { messages: '7 '.repeat(100), reasoning: 'off', ...greedy } as const
    await chat.generate(request)
    expect((await chat.generate(request)).usage.cachedInput).toBeGreaterThan(100)
  })
})

describe.skipIf(missingVllm)('a real vLLM whose parser takes an answer for a thought', () => {
  let server: ServerProcess
  beforeAll(async () => {
    const folder = withThoughtTokens(await embeddedFolder(), thinkingTemplate)
    server = await serveWithVllm(folder, { args: ['--reasoning-parser', 'qwen3'] })
  }, startTimeout)
  afterAll(() => server?.close())

  it('loses no answer', async () => {
    // The server gets no variable of the template, so its parser expects a thought.
    const model = await openHttp({ url: server.url, format: 'nemotron', onWarning: () => {} })
    const { reasoning, text } = await model.generate({
      messages: [user],
      reasoning: 'off',
      ...greedy,
    })
    expect(reasoning).toBe('')
    expect(text).not.toBe('')
    const messages = [user, { role: 'assistant', content: '3+4 =', continue: true }] as const
    const continuedReply = await model.generate({ messages, reasoning: 'on', ...greedy })
    expect(continuedReply.reasoning).toBe('')
  })
})

function comparable({ reasoning, text, finishReason, usage }: GenerateResult) {
  return { reasoning, text, finishReason, input: usage.input }
}
