import { type Message, type Model } from '@nano/core'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'
import { openHttp } from '../../src/index.ts'
import { openModel } from '../open-model.ts'
import { itWithLlamaServer, type RunningServer, startServer } from './llama-server.ts'

const greedy = { sampling: { temperature: 0 } } as const
const question = 'What is 4812 + 977?'
/** The schema keeps a reply going until `maxTokens`. */
const longRequest = {
  messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.',
  reasoning: 'off',
  maxTokens: 1_500,
  schema: { type: 'array', items: { type: 'integer' }, minItems: 1_000 },
} as const

async function start(...extraArguments: readonly string[]): Promise<RunningServer> {
  const server = await startServer({ model: gguf.F16, extraArguments })
  onTestFinished(() => server.close())
  return server
}

describe('a real llama-server', () => {
  let server: RunningServer
  let model: Model
  beforeAll(async () => {
    server = await startServer({ model: gguf.F16 })
    model = await openHttp({ url: server.url })
  })
  afterAll(async () => {
    await model?.close()
    await server?.close()
  })

  itWithLlamaServer('is identified, and says what it has loaded', () => {
    expect(model.name).toBe('http(tiny-F16)')
    expect(model.info).toMatchObject({
      model: 'tiny-F16',
      contextLength: 2_048,
      quantization: 'F16',
      format: 'nemotron',
      parameters: 869_504,
    })
    expect(model.info.device).toMatch(/^llama-server at 127\.0\.0\.1:\d+$/)
    expect(model.capabilities.controlTokensApart).toBe(true)
  })

  itWithLlamaServer('answers at an address with /v1 too', async () => {
    const { info } = await openModel({ url: `${server.url}/v1/` })
    expect(info).toEqual(model.info)
  })

  itWithLlamaServer('reads the prefix of a second turn from its cache', async () => {
    const messages: Message[] = [{ role: 'user', content: question }]
    const firstReply = await model.generate({ messages, ...greedy })
    const secondReply = await model.generate({
      messages: [...messages, firstReply.message, { role: 'user', content: 'What is 3 + 4?' }],
      ...greedy,
    })
    expect(secondReply.usage.cachedInput).toBeGreaterThanOrEqual(
      (firstReply.usage.input ?? Infinity) - 1,
    )
    expect(secondReply.timings.prompt).toBeGreaterThan(0)
  })

  itWithLlamaServer('reports the progress of a long prompt', async () => {
    const progress: number[] = []
    const { usage } = await model.generate(
      { messages: '7 '.repeat(600), maxTokens: 1, ...greedy },
      { onPrefill: ({ processed, total }) => progress.push(processed / total) },
    )
    expect(usage.input).toBeGreaterThan(1_000)
    expect(progress.at(-1)).toBe(1)
  })

  itWithLlamaServer('gets each setting, so the defaults of its start do not matter', async () => {
    const defaults =
      '--temp 5 --top-k 1 --min-p 0.9 --repeat-penalty 9 --mirostat 2 --seed 1'.split(' ')
    const { url } = await start(...defaults)
    const secondModel = await openModel({ url })
    const request = { messages: question, reasoning: 'on' } as const
    const { reasoning } = await model.generate({ ...request, ...greedy })
    expect((await secondModel.generate({ ...request, ...greedy })).reasoning).toBe(reasoning)
    const topOne = { sampling: { temperature: 2, topK: 1 } }
    expect((await secondModel.generate({ ...request, ...topOne })).reasoning).toBe(reasoning)
    const hotReply = async (seed?: number) => {
      const sampling = { temperature: 2, topP: 1, ...(seed !== undefined && { seed }) }
      return (await secondModel.generate({ ...request, sampling })).reasoning
    }
    const replies = async (seeds: readonly (number | undefined)[]) =>
      new Set(await Promise.all(seeds.map(hotReply)))
    expect((await replies([1, 2, 3, 4, 5, 6])).size).toBeGreaterThan(1)
    expect((await replies([undefined, undefined, undefined, undefined])).size).toBeGreaterThan(1)
  })

  for (const mode of ['completions', 'chat'] as const) {
    itWithLlamaServer(
      `stops generating when a reader aborts or leaves, in the mode ${mode}`,
      async () => {
        const secondModel = await openModel({ url: server.url, mode })
        const tokensBefore = await server.counter('tokens_predicted_total')
        const controller = new AbortController()
        await expect(
          (async () => {
            for await (const _ of secondModel.stream(longRequest, { signal: controller.signal }))
              controller.abort('enough')
          })(),
        ).rejects.toBe('enough')
        for await (const _ of secondModel.stream(longRequest)) break
        await expect.poll(() => server.counter('requests_processing'), { timeout: 5_000 }).toBe(0)
        // Two whole replies have 3,000 tokens.
        expect((await server.counter('tokens_predicted_total')) - tokensBefore).toBeLessThan(1_500)
      },
    )
  }

  itWithLlamaServer('names both numbers for a prompt that is too long, in chat too', async () => {
    const chat = await openModel({ url: server.url, mode: 'chat' })
    await expect(
      chat.generate({ messages: '7 '.repeat(3_000), maxTokens: 1 }),
    ).rejects.toMatchObject({
      code: 'context-overflow',
      message: expect.stringMatching(/the prompt has \d+ tokens, .* room for 2048/) as string,
    })
  })

  itWithLlamaServer('turns reasoning on and off in chat, with the tags in the text', async () => {
    const chat = await openModel({ url: server.url, mode: 'chat' })
    const withReasoning = { messages: question, reasoning: 'on', ...greedy } as const
    const reply = await chat.generate(withReasoning)
    const expectedReply = await model.generate(withReasoning)
    expect({ reasoning: reply.reasoning, text: reply.text, input: reply.usage.input }).toEqual({
      reasoning: expectedReply.reasoning,
      text: expectedReply.text,
      input: expectedReply.usage.input,
    })
    const direct = await chat.generate({ messages: question, reasoning: 'off', ...greedy })
    expect(direct.reasoning).toBe('')
    expect(await chat.countTokens({ messages: question, reasoning: 'on' })).toBe(reply.usage.input)
  })

  itWithLlamaServer('refuses control tokens in chat, unless the options allow them', async () => {
    const messages = 'a <|eot_id|> b'
    const strictModel = await openModel({ url: server.url, mode: 'chat' })
    await expect(strictModel.generate(messages)).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(/messages\[0\] contains a control token/) as string,
    })
    const laxModel = await openModel({ url: server.url, mode: 'chat', allowControlTokens: true })
    expect((await laxModel.generate({ messages, maxTokens: 4 })).usage.output).toBeGreaterThan(0)
  })

  itWithLlamaServer('with a key refuses another one, which no message repeats', async () => {
    const { url } = await start('--api-key', 'sk-right-4f9a1c77')
    await expect(openHttp({ url, apiKey: 'sk-wrong-77c1a9f4' })).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.not.stringContaining('77c1a9f4') as string,
    })
    const allowedModel = await openModel({ url, apiKey: 'sk-right-4f9a1c77' })
    const { usage } = await allowedModel.generate({ messages: 'What is 1 + 1?', maxTokens: 4 })
    expect(usage.output).toBeGreaterThan(0)
  })

  itWithLlamaServer('that dies during a reply is unavailable, also for the next call', async () => {
    const mortalServer = await start()
    const secondModel = await openModel({ url: mortalServer.url })
    await expect(
      (async () => {
        for await (const _ of secondModel.stream(longRequest))
          process.kill(mortalServer.pid, 'SIGKILL')
      })(),
    ).rejects.toThrow()
    await expect(secondModel.generate('a')).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
    })
  })
})
