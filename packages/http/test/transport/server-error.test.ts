import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { json, text } from '../fake-server.ts'
import { openModel, startChatServer } from '../open-model.ts'

const apiKey = 'sk-nano-4f9a1c77e2'
const userText = 'my account is 99-1234567'

async function errorFrom(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<NanoError> {
  const answer =
    typeof body === 'string' ? text(body, 'text/plain', status) : json(body, status, headers)
  const server = await startChatServer(answer)
  const model = await openModel({ url: server.url, apiKey })
  const error: unknown = await model.generate(userText).catch((error: unknown) => error)
  if (NanoError.is(error)) return error
  throw new Error('generate did not reject with a NanoError')
}

const openAiError = (message: string, type = 'invalid_request_error') => ({
  error: { message, type, param: null, code: null },
})

describe('an error of a server', () => {
  // written from the sources named in each line, never captured
  it.each<[string, number, unknown, Partial<NanoError>]>([
    [
      'llama-server: a wrong key',
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
      'llama-server: an unsupported request',
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
      'vllm: an invalid field',
      400,
      openAiError('top_p must be in (0, 1], got 7', 'BadRequestError'),
      { code: 'invalid-request', retryable: false },
    ],
    [
      'an older vllm: an error without the field `error`',
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
      'vllm: an unknown model',
      404,
      openAiError('The model `x` does not exist.', 'NotFoundError'),
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
      'ollama: an unknown model',
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
      'ollama: a model that does not reason',
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
      'tgi: an invalid parameter',
      422,
      {
        error: 'Input validation error: `temperature` must be strictly positive',
        error_type: 'validation',
      },
      { code: 'invalid-request' },
    ],
    [
      'tgi: a failed generation',
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
      'a proxy: an HTML page',
      502,
      '<html>Bad Gateway</html>',
      { code: 'unavailable', retryable: true },
    ],
    ['a proxy: an empty body', 504, '', { code: 'unavailable', retryable: true }],
    [
      'out of memory',
      500,
      openAiError('CUDA out of memory. Tried to allocate 2 GiB', 'server_error'),
      { code: 'out-of-memory' },
    ],
  ])('%s', async (_, status, body, error) => {
    expect(await errorFrom(status, body)).toMatchObject(error)
  })

  it.each<[string, unknown, readonly [number, number]]>([
    [
      'llama-server',
      {
        error: {
          code: 400,
          message:
            'request (13392 tokens) exceeds the available context size (8192 tokens), ' +
            'try increasing it',
          type: 'exceed_context_size_error',
          n_prompt_tokens: 13392,
          n_ctx: 8192,
        },
      },
      [13392, 8192],
    ],
    [
      'vllm',
      openAiError(
        "This model's maximum context length is 8192 tokens. However, you requested 13392 tokens " +
          '(13292 in the messages, 100 in the completion). Please reduce the length of the ' +
          'messages or completion.',
        'BadRequestError',
      ),
      [13292, 8192],
    ],
    [
      'openai',
      {
        error: {
          message:
            "This model's maximum context length is 8192 tokens. However, your messages " +
            'resulted in 13392 tokens.',
          type: 'invalid_request_error',
          param: 'messages',
          code: 'context_length_exceeded',
        },
      },
      [13392, 8192],
    ],
    [
      'sglang',
      {
        object: 'error',
        message: 'Input length (700001 tokens) exceeds the maximum allowed length (536826 tokens).',
        type: 'BadRequestError',
        code: 400,
      },
      [700_001, 536_826],
    ],
  ])(
    'of %s for a prompt longer than the context names both numbers',
    async (_, body, [promptTokens, contextLength]) => {
      const error = await errorFrom(400, body)
      expect(error).toMatchObject({ code: 'context-overflow', retryable: false })
      expect(error.message).toContain(`the prompt has ${promptTokens} tokens`)
      expect(error.message).toContain(`room for ${contextLength}`)
    },
  )

  it('whose body is the error itself is read as one', async () => {
    const error = await errorFrom(422, { message: 'The model is unknown.', code: 'no_such_model' })
    expect(error).toMatchObject({ code: 'invalid-request' })
    expect(error.message).toContain('(The model is unknown.)')
  })

  it('repeats neither the key nor the texts of the request', async () => {
    const { message } = await errorFrom(400, {
      detail: [
        {
          loc: ['body', 'messages'],
          msg: 'bad',
          input: { content: userText, key: `Bearer ${apiKey}`, account: '99-1234567' },
        },
      ],
    })
    expect(message).toMatch(/"msg":"bad"/)
    for (const secret of [apiKey, userText, '99-1234567']) expect(message).not.toContain(secret)
  })

  it('has a short message, however much the server writes', async () => {
    expect((await errorFrom(500, 'x'.repeat(1 << 20))).message.length).toBeLessThan(600)
  })
})
