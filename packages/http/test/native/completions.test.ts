import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tokenizer as read } from '@nano/chat/tokenizer'
import type { GenerateInput, Model } from '@nano/core'
import { gguf, onnx } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { openHttp } from '../../src/index.ts'
import { type Answer, fakeServer, type FakeServer, json, modelList } from '../fake-server.ts'
import { itWithLlamaServer, startServer, type RunningServer } from './llama-server.ts'

const tokenizer = JSON.parse(
  readFileSync(join(onnx.transformers, 'tokenizer.json'), 'utf8'),
) as Record<string, unknown>
const words = read({ tokenizer })

type Body = Readonly<Record<string, unknown>>

/**
 * Completions as a server's source has them, over llama-server's: written from that source, never
 * captured.
 */
interface Wire {
  readonly server: 'vllm' | 'sglang' | 'nim' | 'tensorrt-llm'
  /** What a request may hold; anything else is refused. */
  readonly fields: readonly string[]
  /** Of those, the one that its `/openapi.json` names where it can give token ids. */
  readonly told: string
  readonly all: { readonly top_k: number }
  grammar(body: Body): unknown
}

const common = [
  'model',
  'prompt',
  'max_tokens',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'repetition_penalty',
  'stop_token_ids',
  'stream_options',
]
const vllm = [
  ...common,
  'presence_penalty',
  'frequency_penalty',
  'seed',
  'return_token_ids',
  'structured_outputs',
  'logprobs',
  'return_tokens_as_token_ids',
]

const wires: readonly Wire[] = [
  // vllm/entrypoints/openai/completion/protocol.py
  {
    server: 'vllm',
    fields: vllm,
    told: 'return_token_ids',
    all: { top_k: 0 },
    grammar: ({ structured_outputs: held }) => (held as Body | undefined)?.['grammar'],
  },
  {
    server: 'nim',
    fields: vllm,
    told: 'return_token_ids',
    all: { top_k: 0 },
    grammar: ({ structured_outputs: held }) => (held as Body | undefined)?.['grammar'],
  },
  // sglang/srt/entrypoints/openai/protocol.py
  {
    server: 'sglang',
    fields: [...common, 'presence_penalty', 'frequency_penalty', 'return_token_ids', 'ebnf'],
    told: 'return_token_ids',
    all: { top_k: -1 },
    grammar: ({ ebnf }) => ebnf,
  },
  // tensorrt_llm/serve/openai_protocol.py
  {
    server: 'tensorrt-llm',
    fields: [...common, 'seed', 'detokenize', 'include_stop_str_in_output', 'response_format'],
    told: 'detokenize',
    all: { top_k: 0 },
    grammar: ({ response_format: held }) => (held as Body | undefined)?.['ebnf'],
  },
]

interface Said {
  readonly tokens: readonly number[]
  readonly stop_type: string
  readonly tokens_cached?: number
  readonly completion_probabilities?: readonly {
    readonly id: number
    readonly logprob: number
    readonly top_logprobs: readonly { readonly id: number; readonly logprob: number }[]
  }[]
}

function translated(server: RunningServer, { fields, grammar }: Wire): Answer {
  return async (response, { body }) => {
    const strange = Object.keys(body).filter((field) => !fields.includes(field))
    if (strange.length > 0)
      return json(
        { object: 'error', message: `Extra inputs are not permitted: ${strange.join(', ')}` },
        400,
      )(response, { path: '', body, headers: {} })
    const { prompt, max_tokens: n_predict, temperature, top_p, top_k, min_p, seed, logprobs } = body
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const chain = ['top_k', 'top_p', 'min_p', 'temperature']
    const asked = {
      prompt,
      n_predict,
      temperature,
      top_p,
      top_k,
      min_p,
      seed,
      samplers: chain,
      stream: false,
      return_tokens: true,
      grammar: grammar(body),
      ...(typeof logprobs === 'number' && { n_probs: Math.max(1, logprobs) }),
    }
    const answer = await fetch(`${server.url}/completion`, {
      method: 'POST',
      body: JSON.stringify(asked),
      signal: gone.signal,
    }).catch(() => undefined)
    if (!answer) return
    const {
      tokens,
      stop_type,
      completion_probabilities: probabilities,
    } = (await answer.json()) as Said

    const named = (id: number) => `token_id:${id}`
    const scored = (index: number) => {
      const one = probabilities?.[index]
      return one
        ? {
            text_offset: [0],
            tokens: [named(one.id)],
            token_logprobs: [one.logprob],
            top_logprobs: [
              Object.fromEntries(one.top_logprobs.map(({ id, logprob }) => [named(id), logprob])),
            ],
          }
        : null
    }
    const chunk = (value: object) =>
      `data: ${JSON.stringify({ id: 'cmpl-1', object: 'text_completion', ...value })}\n\n`
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [index, token] of tokens.entries()) {
      const finish = index < tokens.length - 1 ? null : stop_type === 'limit' ? 'length' : 'stop'
      const text =
        body['detokenize'] === false ? '' : words.detokenize([token], { showControlTokens: false })
      response.write(
        chunk({
          choices: [
            {
              index: 0,
              text,
              token_ids: [token],
              logprobs: scored(index),
              finish_reason: finish,
              stop_reason: null,
            },
          ],
        }),
      )
    }
    response.write(
      chunk({
        choices: [],
        usage: {
          prompt_tokens: (prompt as number[]).length,
          completion_tokens: tokens.length,
          prompt_tokens_details: { cached_tokens: 4 },
        },
      }),
    )
    response.end('data: [DONE]\n\n')
  }
}

describe.each(wires)('completions of $server over a real llama-server', (wire) => {
  const common = {
    format: 'nemotron',
    tokenizer,
    contextLength: 2_048,
    server: wire.server,
  } as const
  const described = (field: string) =>
    json({
      components: { schemas: { CompletionRequest: { properties: { prompt: {}, [field]: {} } } } },
    })
  let server: RunningServer
  let bridge: FakeServer
  let there: Model
  let here: Model
  beforeAll(async () => {
    server = await startServer({ model: gguf.F16 })
    bridge = await fakeServer({
      '/v1/models': modelList,
      '/v1/completions': translated(server, wire),
      '/openapi.json': described(wire.told),
    })
    there = await openHttp({ url: bridge.url, ...common })
    here = await openHttp({ url: server.url })
  })
  afterAll(async () => {
    await there?.close()
    await here?.close()
    await bridge?.close()
    await server?.close()
  })

  itWithLlamaServer(
    'are taken with a tokenizer.json, and chat without, or where it gives no token ids',
    async () => {
      expect(there.capabilities).toMatchObject({
        render: true,
        controlTokensApart: true,
        reasoningBudget: true,
        schema: true,
        logprobs: wire.fields.includes('logprobs'),
      })
      const { tokenizer: _, ...without } = common
      const other = await openHttp({ url: bridge.url, ...without })
      expect(other.capabilities).toMatchObject({
        render: false,
        controlTokensApart: false,
        reasoningBudget: false,
      })
      await expect(
        openHttp({ url: bridge.url, server: wire.server, mode: 'completions' }),
      ).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(
          /option format.*option tokenizer.*option contextLength/,
        ) as string,
      })
      await other.close()

      const older = await fakeServer({
        '/v1/models': modelList,
        '/openapi.json': described('best_of'),
      })
      const old = await openHttp({ url: older.url, ...common })
      expect(old.capabilities.render).toBe(false)
      await old.close()
      await older.close()
    },
  )

  itWithLlamaServer('send the tokens that end a turn, and every setting', async () => {
    await there.generate({ messages: 'hi', maxTokens: 1, sampling: { temperature: 0 } })
    expect(bridge.requests.at(-1)?.body).toMatchObject({
      stop_token_ids: expect.arrayContaining([633]) as unknown,
      temperature: 0,
      top_p: 1,
      min_p: 0,
      repetition_penalty: 1,
      ...wire.all,
    })
  })

  itWithLlamaServer('give what the server itself gives, also within a budget', async () => {
    const asked: readonly Extract<GenerateInput, { readonly messages: unknown }>[] = [
      { messages: 'What is 4812 + 977?', reasoning: 'on', sampling: { temperature: 0 } },
      {
        messages: 'What is 4812 + 977?',
        reasoning: 'off',
        stop: ['78'],
        sampling: { temperature: 0 },
      },
      {
        messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.',
        reasoning: 'on',
        maxTokens: 30,
        sampling: { temperature: 0 },
      },
      {
        messages: 'What is 4812 + 977?',
        reasoning: 'on',
        reasoningBudget: 12,
        sampling: { temperature: 0 },
      },
      {
        messages: 'Answer in JSON with the key result: 12 + 30',
        reasoning: 'on',
        schema: {
          type: 'object',
          properties: { result: { type: 'string', maxLength: 20 } },
          required: ['result'],
        },
        maxTokens: 300,
        sampling: { temperature: 0 },
      },
    ]
    for (const input of asked) {
      const [one, other] = [await there.generate(input), await here.generate(input)]
      expect({
        reasoning: one.reasoning,
        text: one.text,
        finish: one.finishReason,
        input: one.usage.input,
      }).toEqual({
        reasoning: other.reasoning,
        text: other.text,
        finish: other.finishReason,
        input: other.usage.input,
      })
      if (!input.stop)
        expect(one.usage).toMatchObject({
          output: other.usage.output,
          reasoning: other.usage.reasoning,
        })
      // Told with the last value, which a reply that was stopped, or went on elsewhere, does not
      // wait for.
      if (!input.stop && input.reasoningBudget === undefined) expect(one.usage.cachedInput).toBe(4)
    }
  })

  itWithLlamaServer('give its log-probabilities, where it has the right ones', async () => {
    const asked = {
      messages: 'What is 4812 + 977?',
      reasoning: 'off',
      maxTokens: 6,
      logprobs: 3,
      sampling: { temperature: 0 },
    } as const
    if (!there.capabilities.logprobs)
      return expect(there.generate(asked)).rejects.toMatchObject({ code: 'unsupported' })
    const [one, other] = [await there.generate(asked), await here.generate(asked)]
    expect(one.logprobs?.length).toBeGreaterThan(3)
    const rounded = ({ token, text, logprob, top }: NonNullable<typeof one.logprobs>[number]) => ({
      token,
      text,
      logprob: logprob.toFixed(3),
      top: top.map((entry) => entry.token),
    })
    expect(one.logprobs?.map(rounded)).toEqual(other.logprobs?.map(rounded))
  })
})

describe('a server that ignores grammars', () => {
  itWithLlamaServer('claims no schema and no forced tools in completions', async () => {
    const server = await startServer({ model: gguf.F16 })
    const [wire] = wires as readonly [Wire]
    const bridge = await fakeServer({
      '/v1/models': modelList,
      '/v1/completions': translated(server, { ...wire, grammar: () => undefined }),
    })
    const model = await openHttp({
      url: bridge.url,
      server: 'vllm',
      format: 'nemotron',
      tokenizer,
      contextLength: 2_048,
    })
    expect(model.capabilities).toMatchObject({ render: true, schema: false, tools: 'offered' })
    await model.close()
    await bridge.close()
    await server.close()
  })
})
