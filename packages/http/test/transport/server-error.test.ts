import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { openHttp } from '../../src/index.ts'
import { fakeServer, json, modelList, text } from '../fake-server.ts'

const key = 'sk-nano-4f9a1c77e2'
const secret = 'my account is 99-1234567'

async function answered(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<NanoError> {
  const answer =
    typeof body === 'string' ? text(body, 'text/plain', status) : json(body, status, headers)
  const server = await fakeServer({ '/v1/models': modelList, '/v1/chat/completions': answer })
  const model = await openHttp({ url: server.url, apiKey: key })
  try {
    await model.generate(secret)
  } catch (error) {
    if (NanoError.is(error)) return error
    throw error
  } finally {
    await model.close()
    await server.close()
  }
  throw new Error('it was served')
}

const openAi = (message: string, type = 'invalid_request_error') => ({
  error: { message, type, param: null, code: null },
})

describe('the errors of servers', () => {
  // written from the sources named in each line, never captured
  it.each<[string, number, unknown, Partial<NanoError>]>([
    [
      'llama-server: a key that is wrong',
      401,
      { error: { code: 401, message: 'Invalid API Key', type: 'authentication_error' } },
      { code: 'unauthorized', retryable: false },
    ],
    [
      'llama-server: loading',
      503,
      { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
      { code: 'unavailable', retryable: true },
    ],
    [
      'llama-server: what it cannot do',
      501,
      {
        error: {
          code: 501,
          message: 'This server does not support embeddings',
          type: 'not_supported_error',
        },
      },
      { code: 'unsupported' },
    ],
    [
      'vllm: a field that does not hold',
      400,
      openAi('top_p must be in (0, 1], got 7', 'BadRequestError'),
      { code: 'invalid-request', retryable: false },
    ],
    [
      'vllm, older: flat',
      400,
      {
        object: 'error',
        message: 'best_of is no longer supported',
        type: 'BadRequestError',
        param: null,
        code: 400,
      },
      { code: 'unsupported' },
    ],
    [
      'vllm: a model it does not serve',
      404,
      openAi('The model `x` does not exist.', 'NotFoundError'),
      { code: 'not-found' },
    ],
    [
      'sglang: a full queue',
      503,
      {
        object: 'error',
        message: 'The request queue is full.',
        type: 'ServiceUnavailable',
        param: null,
        code: 503,
      },
      { code: 'unavailable', retryable: true },
    ],
    [
      'ollama: a model that is not there',
      404,
      { error: 'model "x" not found, try pulling it first' },
      { code: 'not-found' },
    ],
    [
      'ollama: busy',
      503,
      { error: 'server busy, please try again.  maximum pending requests exceeded' },
      { code: 'unavailable', retryable: true },
    ],
    [
      'ollama: a model that does not think',
      400,
      { error: '"m" does not support thinking' },
      { code: 'unsupported' },
    ],
    [
      'tgi: overloaded',
      429,
      { error: 'Model is overloaded', error_type: 'overloaded' },
      { code: 'rate-limited', retryable: true },
    ],
    [
      'tgi: a parameter',
      422,
      {
        error: 'Input validation error: `temperature` must be strictly positive',
        error_type: 'validation',
      },
      { code: 'invalid-request' },
    ],
    [
      'tgi: generation',
      424,
      { error: 'Request failed during generation', error_type: 'generation' },
      { code: 'unavailable', retryable: true },
    ],
    [
      'tensorrt-llm: an unknown field',
      400,
      {
        object: 'error',
        message: 'Extra inputs are not permitted',
        type: 'BadRequestError',
        param: null,
        code: 400,
      },
      { code: 'invalid-request' },
    ],
    [
      'a proxy with a page',
      502,
      '<html>Bad Gateway</html>',
      { code: 'unavailable', retryable: true },
    ],
    ['a proxy with nothing', 504, '', { code: 'unavailable', retryable: true }],
    [
      'memory that ran out',
      500,
      openAi('CUDA out of memory. Tried to allocate 2 GiB', 'server_error'),
      { code: 'out-of-memory' },
    ],
  ])('%s', async (_, status, body, error) => {
    expect(await answered(status, body)).toMatchObject(error)
  })

  it.each<[string, unknown, readonly [number, number]]>([
    [
      'llama-server',
      {
        error: {
          code: 400,
          message:
            'request (13392 tokens) exceeds the available context size (8192 tokens), try increasing it',
          type: 'exceed_context_size_error',
          n_prompt_tokens: 13392,
          n_ctx: 8192,
        },
      },
      [13392, 8192],
    ],
    [
      'vllm',
      openAi(
        "This model's maximum context length is 8192 tokens. However, you requested 13392 tokens (13292 in the messages, 100 in the completion). Please reduce the length of the messages or completion.",
        'BadRequestError',
      ),
      [13292, 8192],
    ],
    [
      'openai',
      {
        error: {
          message:
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 13392 tokens.",
          type: 'invalid_request_error',
          param: 'messages',
          code: 'context_length_exceeded',
        },
      },
      [13392, 8192],
    ],
  ])(
    'a context that is too short, at %s, comes with both numbers',
    async (_, body, [tokens, room]) => {
      const error = await answered(400, body)
      expect(error).toMatchObject({ code: 'context-overflow', retryable: false })
      expect(error.message).toContain(`the prompt has ${tokens} tokens`)
      expect(error.message).toContain(`room for ${room}`)
    },
  )

  it('are waited for as long as they ask', async () => {
    const busy = { error: { message: 'slow down' } }
    expect(await answered(429, busy, { 'retry-after': '7' })).toMatchObject({ retryAfter: 7_000 })
    expect(
      await answered(429, busy, { 'retry-after-ms': '250', 'retry-after': '7' }),
    ).toMatchObject({ retryAfter: 250 })
    const date = await answered(503, busy, {
      'retry-after': new Date(Date.now() + 60_000).toUTCString(),
    })
    expect(date.retryAfter).toBeGreaterThan(50_000)
    expect(date.retryAfter).toBeLessThanOrEqual(60_000)
    expect((await answered(429, busy, { 'retry-after': 'soon' })).retryAfter).toBeUndefined()
    expect((await answered(429, busy)).retryAfter).toBeUndefined()
  })

  it('repeat neither the key nor what the caller wrote', async () => {
    const { message } = await answered(400, {
      detail: [
        {
          loc: ['body', 'messages'],
          msg: 'bad',
          input: { content: secret, key: `Bearer ${key}`, account: '99-1234567' },
        },
      ],
    })
    expect(message).toMatch(/"msg":"bad"/)
    for (const hidden of [key, secret, '99-1234567']) expect(message).not.toContain(hidden)
  })

  it('are short, however much the server says', async () => {
    expect((await answered(500, 'x'.repeat(1 << 20))).message.length).toBeLessThan(600)
  })
})
