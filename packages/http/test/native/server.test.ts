import { type Message, type Model } from '@nano/core'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { openHttp } from '../../src/index.ts'
import { itWithLlamaServer, startServer, type RunningServer } from './llama-server.ts'

const greedy = { sampling: { temperature: 0 } } as const

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

  itWithLlamaServer('is recognised, and says what it has loaded', () => {
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

  itWithLlamaServer('answers at an address with /v1 as well', async () => {
    const other = await openHttp({ url: `${server.url}/v1/` })
    expect(other.info).toEqual(model.info)
    await other.close()
  })

  itWithLlamaServer('reads the beginning of a second turn from its cache', async () => {
    const first: Message[] = [{ role: 'user', content: 'What is 4812 + 977?' }]
    const one = await model.generate({ messages: first, ...greedy })
    const two = await model.generate({
      messages: [...first, one.message, { role: 'user', content: 'What is 3 + 4?' }],
      ...greedy,
    })
    expect(two.usage.cachedInput).toBeGreaterThanOrEqual((one.usage.input ?? Infinity) - 1)
    expect(two.timings.prompt).toBeGreaterThan(0)
  })

  itWithLlamaServer('tells how far it has read a long prompt', async () => {
    const seen: number[] = []
    const { usage } = await model.generate(
      { messages: '7 '.repeat(600), maxTokens: 1, ...greedy },
      { onPrefill: ({ processed, total }) => seen.push(processed / total) },
    )
    expect(usage.input).toBeGreaterThan(1_000)
    expect(seen.at(-1)).toBe(1)
  })

  itWithLlamaServer('samples with every setting said, whatever it was started with', async () => {
    const started = await startServer({
      model: gguf.F16,
      more: [
        '--temp',
        '5',
        '--top-k',
        '1',
        '--min-p',
        '0.9',
        '--repeat-penalty',
        '9',
        '--mirostat',
        '2',
      ],
    })
    const other = await openHttp({ url: started.url })
    try {
      const asked = {
        messages: 'What is 4812 + 977?',
        reasoning: 'on',
        sampling: { temperature: 0 },
      } as const
      expect((await other.generate(asked)).reasoning).toBe((await model.generate(asked)).reasoning)
      const cut = {
        messages: 'What is 4812 + 977?',
        reasoning: 'on',
        sampling: { temperature: 20, topK: 1 },
      } as const
      expect((await other.generate(cut)).reasoning).toBe((await model.generate(asked)).reasoning)
      const hot = async (seed: number) =>
        (
          await other.generate({
            messages: 'What is 4812 + 977?',
            maxTokens: 40,
            sampling: { temperature: 20, topP: 1, seed },
          })
        ).text
      expect(await hot(1)).not.toBe(await hot(2))
    } finally {
      await other.close()
      await started.close()
    }
  })

  for (const mode of ['completions', 'chat'] as const) {
    itWithLlamaServer(
      `stops generating when a call is aborted or left, in the mode ${mode}`,
      async () => {
        const other = await openHttp({ url: server.url, mode })
        // Hot, it never ends by itself.
        const long = {
          messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.',
          maxTokens: 1_500,
          sampling: { temperature: 50, topP: 1, seed: 3 },
        }
        const idle = async () => {
          for (
            let waited = 0;
            waited < 100 && (await server.counter('requests_processing')) > 0;
            waited++
          )
            await new Promise((resolve) => setTimeout(resolve, 20))
          return server.counter('requests_processing')
        }
        const before = await server.counter('tokens_predicted_total')
        const abort = new AbortController()
        await expect(
          (async () => {
            for await (const _ of other.stream(long, { signal: abort.signal }))
              abort.abort('enough')
          })(),
        ).rejects.toBe('enough')
        for await (const _ of other.stream(long)) break
        expect(await idle()).toBe(0)
        // Two whole replies would be three thousand.
        expect((await server.counter('tokens_predicted_total')) - before).toBeLessThan(1_500)
        await other.close()
      },
    )
  }

  itWithLlamaServer(
    'says with both numbers that a prompt is too long, in the mode chat too',
    async () => {
      const other = await openHttp({ url: server.url, mode: 'chat' })
      await expect(
        other.generate({ messages: '7 '.repeat(3_000), maxTokens: 1 }),
      ).rejects.toMatchObject({
        code: 'context-overflow',
        message: expect.stringMatching(/the prompt has \d+ tokens, .* room for 2048/) as string,
      })
      await other.close()
    },
  )

  itWithLlamaServer(
    'switches reasoning in the mode chat, where the tags are left in its text',
    async () => {
      const other = await openHttp({ url: server.url, mode: 'chat' })
      const ask = (reasoning: 'on' | 'off') =>
        other.generate({ messages: 'What is 4812 + 977?', reasoning, ...greedy })
      const [on, off] = [await ask('on'), await ask('off')]
      const own = await model.generate({
        messages: 'What is 4812 + 977?',
        reasoning: 'on',
        ...greedy,
      })
      expect({ reasoning: on.reasoning, text: on.text, input: on.usage.input }).toEqual({
        reasoning: own.reasoning,
        text: own.text,
        input: own.usage.input,
      })
      expect(off.reasoning).toBe('')
      expect(await other.countTokens({ messages: 'What is 4812 + 977?', reasoning: 'on' })).toBe(
        on.usage.input,
      )
      await other.close()
    },
  )

  itWithLlamaServer(
    'refuses control tokens in texts of a chat, unless they are allowed',
    async () => {
      const text = 'a <|eot_id|> b'
      const strict = await openHttp({ url: server.url, mode: 'chat' })
      await expect(strict.generate(text)).rejects.toMatchObject({
        code: 'invalid-request',
        message: expect.stringMatching(/messages\[0\] contains a control token/) as string,
      })
      const lax = await openHttp({ url: server.url, mode: 'chat', allowControlTokens: true })
      await lax.generate({ messages: text, maxTokens: 4 })
      await strict.close()
      await lax.close()
    },
  )

  itWithLlamaServer('wants its key, and the key is in no message', async () => {
    const locked = await startServer({ model: gguf.F16, more: ['--api-key', 'sk-right-4f9a1c77'] })
    try {
      const wrong = openHttp({ url: locked.url, apiKey: 'sk-wrong-77c1a9f4' })
      await expect(wrong).rejects.toMatchObject({
        code: 'unauthorized',
        message: expect.not.stringContaining('77c1a9f4') as string,
      })
      const right = await openHttp({ url: locked.url, apiKey: 'sk-right-4f9a1c77' })
      expect(
        (await right.generate({ messages: 'What is 1 + 1?', maxTokens: 4 })).usage.output,
      ).toBeGreaterThan(0)
      await right.close()
    } finally {
      await locked.close()
    }
  })

  itWithLlamaServer(
    'that dies in the middle of a reply is unavailable, and so is one that is gone',
    async () => {
      const mortal = await startServer({ model: gguf.F16 })
      const other = await openHttp({ url: mortal.url })
      const long = {
        messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.',
        maxTokens: 1_500,
        sampling: { temperature: 50, topP: 1, seed: 3 },
      }
      await expect(
        (async () => {
          for await (const _ of other.stream(long)) process.kill(mortal.pid, 'SIGKILL')
        })(),
      ).rejects.toThrow()
      await expect(other.generate('a')).rejects.toMatchObject({
        code: 'unavailable',
        retryable: true,
      })
      await mortal.close()
    },
  )
})
