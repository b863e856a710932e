import { setTimeout } from 'node:timers/promises'
import { cache, memoryStore, type Middleware, Model, NanoError, retry, trace } from '@nano/core'
import { scripted } from '@nano/core/testing'
import { context, SpanKind, SpanStatusCode, trace as traceApi } from '@opentelemetry/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { telemetry } from './telemetry.ts'

const driver = () => scripted({ reply: () => ['19'], thought: () => ['12 + 7'] })
const model = (...middleware: readonly Middleware[]) => new Model(driver(), trace(), ...middleware)
/** A model whose calls fail. */
function failingModel(): Model {
  const stream = () => {
    throw new NanoError('rate-limited', 'the server is busy')
  }
  return new Model({ ...driver(), stream }, trace())
}
const request = { messages: 'What is 12 + 7?', sampling: { temperature: 0 } } as const

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a span', () => {
  it('says what was asked for, how it ended and what it took', async () => {
    const { spans } = telemetry()
    const { usage } = await model(retry()).generate({ ...request, maxTokens: 100, stop: ['!'] })
    const [span] = spans()
    expect(span).toMatchObject({ name: 'chat scripted', status: { code: SpanStatusCode.UNSET } })
    expect(span?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'scripted',
      'gen_ai.request.model': 'scripted',
      'gen_ai.request.temperature': 0,
      'gen_ai.request.max_tokens': 100,
      'gen_ai.request.stop_sequences': ['!'],
      'gen_ai.output.type': 'text',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': usage.input,
      'gen_ai.usage.output_tokens': usage.output,
      'gen_ai.usage.reasoning.output_tokens': usage.reasoning,
      'nano.cache.hit': false,
    })
    expect(span?.attributes['nano.time_to_first_answer']).toBeGreaterThan(
      Number(span?.attributes['gen_ai.response.time_to_first_chunk']),
    )
  })

  it('is a child of what is active where the reply is asked for', async () => {
    const { spans, tracerProvider } = telemetry()
    const parent = tracerProvider.getTracer('app').startSpan('work')
    await context.with(traceApi.setSpan(context.active(), parent), () => model().generate(request))
    expect(spans()[0]?.parentSpanContext?.spanId).toBe(parent.spanContext().spanId)
  })

  it('holds no content unless asked', async () => {
    const { spans } = telemetry()
    await model().generate({ messages: 'my secret', reasoning: 'on' })
    expect(JSON.stringify(spans()[0]?.attributes)).not.toMatch(/secret|12 \+ 7|messages/)
  })

  it('holds the conversation where content is asked for', async () => {
    vi.stubEnv('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', 'true')
    const { spans } = telemetry()
    await model().generate({
      messages: [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: 'What is 12 + 7?' },
      ],
      reasoning: 'on',
    })
    const attributes = spans()[0]?.attributes ?? {}
    const parsed = (name: string): unknown => JSON.parse(String(attributes[`gen_ai.${name}`]))
    expect(parsed('system_instructions')).toEqual([{ type: 'text', content: 'Be short.' }])
    expect(parsed('input.messages')).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'What is 12 + 7?' }] },
    ])
    expect(parsed('output.messages')).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: '12 + 7' },
          { type: 'text', content: '19' },
        ],
        finish_reason: 'stop',
      },
    ])
  })

  it('tells calls of tools and their results', async () => {
    const { spans } = telemetry({ content: true })
    const call = { id: 'a', name: 'add', input: { values: [1, 2] } }
    const capabilities = { tools: 'forced' } as const
    const caller = new Model(scripted({ capabilities, calls: () => [call] }), trace())
    const add = { name: 'add', parameters: {} }
    const { message } = await caller.generate({ messages: 'Add.', tools: [add] })
    await caller.generate({
      messages: [
        { role: 'user', content: 'Add.' },
        message,
        { role: 'tool', toolCallId: 'a', output: 3 },
      ],
      tools: [add],
    })
    const [first, second] = spans().map(({ attributes }) => attributes)
    expect(first?.['gen_ai.response.finish_reasons']).toEqual(['tool_call'])
    expect(String(first?.['gen_ai.output.messages'])).toContain('"arguments":{"values":[1,2]}')
    expect(String(second?.['gen_ai.input.messages'])).toContain(
      '{"type":"tool_call_response","id":"a","response":3}',
    )
    expect(String(second?.['gen_ai.tool.definitions'])).toContain('"name":"add"')
  })

  it('has the code of an error', async () => {
    const { spans } = telemetry()
    await expect(failingModel().generate(request)).rejects.toThrow('busy')
    expect(spans()[0]).toMatchObject({ attributes: { 'error.type': 'rate-limited' } })
    // A message may quote the prompt.
    expect(spans()[0]?.status).toEqual({ code: SpanStatusCode.ERROR })
  })

  it('ends when its reader leaves, and where telemetry stops', async () => {
    const { spans, stop } = telemetry()
    for await (const _ of model().stream(request)) break
    expect(spans()).toHaveLength(1)
    const open = model().stream(request)[Symbol.asyncIterator]()
    await open.next()
    stop()
    expect(spans()).toHaveLength(2)
    await open.return?.()
    await model().generate(request)
    expect(spans()).toHaveLength(2)
  })

  it('names the adapter, and is that of a client for a server', async () => {
    const { spans } = telemetry()
    const local = driver()
    for (const name of ['llama-cpp', 'onnx', 'http(qwen on 3 servers)'])
      await new Model({ ...local, name }, trace(), retry()).generate('hi')
    const providers = spans().map(({ attributes }) => attributes['gen_ai.provider.name'])
    expect(providers).toEqual(['llama-cpp', 'onnx', 'http'])
    expect(spans().map(({ kind }) => kind)).toEqual([
      SpanKind.INTERNAL,
      SpanKind.INTERNAL,
      SpanKind.CLIENT,
    ])
  })
})

describe('metrics', () => {
  const names = async (optIn?: string) => {
    if (optIn !== undefined) vi.stubEnv('OTEL_SEMCONV_STABILITY_OPT_IN', optIn)
    const { metrics } = telemetry()
    await model().generate({ ...request, reasoning: 'on' })
    return [...(await metrics()).keys()].filter((name) => name.startsWith('gen_ai.')).toSorted()
  }
  const released = [
    'gen_ai.client.operation.duration',
    'gen_ai.client.operation.time_per_output_chunk',
    'gen_ai.client.operation.time_to_first_chunk',
    'gen_ai.client.token.usage',
  ]
  const latest = [
    'gen_ai.client.inference.duration',
    'gen_ai.client.inference.operation.input_tokens',
    'gen_ai.client.inference.operation.output_tokens',
    'gen_ai.client.inference.time_per_output_chunk',
    'gen_ai.client.inference.time_to_first_chunk',
    'gen_ai.client.inference.usage.input_tokens',
    'gen_ai.client.inference.usage.output_tokens',
    'gen_ai.client.inference.usage.reasoning.output_tokens',
  ]

  it('have the names that back ends know, unless others are asked for', async () => {
    expect(await names()).toEqual(released)
    expect(await names('http, gen_ai_latest_experimental')).toEqual(latest)
    expect(await names('gen_ai/dup')).toEqual([...latest, ...released].toSorted())
  })

  it('count the tokens that were spent, and those of a cached reply once', async () => {
    const { metrics } = telemetry()
    const cached = model(cache(memoryStore()))
    const { usage } = await cached.generate(request)
    await setTimeout(5)
    expect((await cached.generate(request)).cached).toBe(true)
    const measured = await metrics()
    const tokens = measured.get('gen_ai.client.token.usage') ?? []
    expect(
      tokens.map(({ attributes, value, count }) => [attributes['gen_ai.token.type'], value, count]),
    ).toEqual([
      ['input', usage.input, 1],
      ['output', usage.output, 1],
    ])
    expect(measured.get('nano.client.cached_replies')?.[0]?.value).toBe(1)
    const durations = measured.get('gen_ai.client.operation.duration') ?? []
    expect(durations.map(({ attributes, count }) => [attributes['nano.cache.hit'], count])).toEqual(
      [
        [undefined, 1],
        [true, 1],
      ],
    )
    expect(measured.get('nano.client.time_to_first_answer')?.[0]?.count).toBe(1)
  })

  it('tell failures apart', async () => {
    const { metrics } = telemetry()
    await model().generate(request)
    await expect(failingModel().generate(request)).rejects.toThrow('busy')
    const durations = (await metrics()).get('gen_ai.client.operation.duration') ?? []
    expect(durations.map(({ attributes, count }) => [attributes['error.type'], count])).toEqual([
      [undefined, 1],
      ['rate-limited', 1],
    ])
  })
})

it('an exporter that throws does not end the app', async () => {
  const tracerProvider = { getTracer: () => ({ startSpan: () => fail() }) } as never
  const fail = () => {
    throw new Error('no exporter')
  }
  telemetry({ tracerProvider })
  expect((await model().generate(request)).text).toBe('19')
})

it('the app goes on where no SDK is there', async () => {
  const { instrument } = await import('../src/index.ts')
  const stop = instrument()
  expect((await model().generate(request)).text).toBe('19')
  stop()
})
