import { setTimeout as sleep } from 'node:timers/promises'
import diagnostics from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import {
  cache,
  type CacheStore,
  contextWindow,
  defaults,
  fallback,
  type GenerateRequest,
  limit,
  memoryStore,
  type Message,
  type Middleware,
  Model,
  NanoError,
  type Part,
  retry,
  standard,
  structured,
  timeout,
  trace,
  traceChannel,
  type TraceEvent,
} from '../../src/index.ts'
import type { Driver } from '../../src/driver/index.ts'
import { scripted } from '../../src/testing/index.ts'

const finish: Part = { type: 'finish', finishReason: 'stop', usage: { output: 2 }, timings: {} }
const greedy = { messages: 'hi', sampling: { temperature: 0 } } as const

/** A driver that does as told, and remembers what it was asked. */
function spy(
  act: (request: GenerateRequest, call: number) => AsyncGenerator<Part> | Part[] = () => [
    { type: 'text', text: 'ok' },
    finish,
  ],
) {
  const asked: GenerateRequest[] = []
  const driver: Driver = {
    ...scripted({ capabilities: { schema: false }, contextLength: 120 }),
    async *stream(request) {
      asked.push(request)
      yield* act(request, asked.length)
    },
  }
  return { driver, asked }
}
async function* slowly(milliseconds: number): AsyncGenerator<Part> {
  await sleep(milliseconds)
  yield { type: 'text', text: 'ok' }
  yield finish
}
const failing = (
  code: 'unavailable' | 'invalid-request',
  retryable = false,
): AsyncGenerator<Part> =>
  (async function* () {
    await sleep(5)
    throw new NanoError(code, 'no', { retryable })
  })()

describe('the order of standard()', () => {
  it('is the one it names', () => {
    const all = standard({
      defaults: {},
      contextWindow: {},
      cache: memoryStore(),
      limit: 2,
      timeout: { total: 9_000, silence: 1_000 },
    })
    expect(new Model(scripted(), all).name).toBe(
      'trace(defaults(timeout(contextWindow(structured(cache(retry(limit[2](timeout(scripted)))))))))',
    )
    expect(new Model(scripted(), standard()).name).toBe('trace(structured(retry(scripted)))')
  })

  /** What each pair of neighbours gives in the right order and in the wrong one. */
  const pairs: [
    outer: string,
    inner: string,
    measure: (order: (right: Middleware, wrong: Middleware) => Middleware[]) => Promise<unknown>,
    right: unknown,
    wrong: unknown,
  ][] = [
    [
      'trace',
      'defaults',
      async (order) => {
        const seen: unknown[] = []
        const listen = (event: unknown) => {
          if ((event as TraceEvent).type === 'start')
            seen.push((event as Extract<TraceEvent, { type: 'start' }>).request.maxTokens)
        }
        diagnostics.subscribe(traceChannel, listen)
        await new Model(scripted(), ...order(trace(), defaults({ maxTokens: 9 }))).generate('hi')
        diagnostics.unsubscribe(traceChannel, listen)
        return seen
      },
      [undefined],
      [9],
    ],
    [
      'defaults',
      'contextWindow',
      async (order) => {
        const { driver, asked } = spy()
        await new Model(driver, ...order(defaults({ maxTokens: 80 }), contextWindow())).generate({
          messages: turns(2, 35),
        })
        return asked[0]?.messages.length
      },
      1,
      3,
    ],
    [
      'contextWindow',
      'structured',
      async (order) => {
        const { driver, asked } = spy((_request, call) => [
          { type: 'text', text: call === 1 ? 'not JSON at all' : '1' },
          finish,
        ])
        const roomy: Driver = { ...driver, info: { ...driver.info, contextLength: 350 } }
        await new Model(roomy, ...order(contextWindow({ reserve: 100 }), structured())).generate({
          messages: 'one',
          schema: { type: 'number' },
        })
        // Outside, it may not take the answer that is to be repaired away from its repair.
        return asked.at(-1)?.messages.filter(({ role }) => role === 'assistant').length
      },
      1,
      0,
    ],
    [
      'structured',
      'cache',
      async (order) => {
        const { driver } = spy((_request, call) => [
          { type: 'text', text: call === 1 ? 'no' : '1' },
          finish,
        ])
        const store = counting()
        await new Model(driver, ...order(structured(), cache(store))).generate({
          ...greedy,
          schema: { type: 'number' },
        })
        return store.writes
      },
      2,
      1,
    ],
    [
      'cache',
      'retry',
      async (order) => {
        const { driver } = spy((_request, call) =>
          call === 1 ? failing('unavailable', true) : slowly(0),
        )
        const store = counting()
        await new Model(driver, ...order(cache(store), retry({ delay: 1 }))).generate(greedy)
        return store.reads
      },
      1,
      2,
    ],
    [
      'retry',
      'limit',
      async (order) => {
        const { driver } = spy((_request, call) =>
          call === 1 ? failing('unavailable', true) : slowly(0),
        )
        const model = new Model(driver, ...order(retry({ delay: 120 }), limit(1)))
        const ends: string[] = []
        await Promise.all([
          model.generate('first').then(() => ends.push('first')),
          sleep(10)
            .then(() => model.generate('second'))
            .then(() => ends.push('second')),
        ])
        return ends
      },
      ['second', 'first'],
      ['first', 'second'],
    ],
    [
      'limit',
      'timeout',
      async (order) => {
        const model = new Model(
          spy(() => slowly(60)).driver,
          ...order(limit(1), timeout({ first: 100 })),
        )
        const ends = await Promise.allSettled([
          model.generate('a'),
          model.generate('b'),
          model.generate('c'),
        ])
        return ends.filter(({ status }) => status === 'rejected').length > 0
      },
      false,
      true,
    ],
  ]

  it.each(pairs)(
    '%s before %s, and the other way round is wrong',
    async (_outer, _inner, measure, right, wrong) => {
      expect(await measure((outer, inner) => [outer, inner])).toEqual(right)
      expect(await measure((outer, inner) => [inner, outer])).toEqual(wrong)
    },
  )
})

describe('structured', () => {
  const schema = {
    type: 'object',
    properties: { answer: { type: 'integer' } },
    required: ['answer'],
  }
  it('asks once more, saying why, and sums what both took', async () => {
    const { driver, asked } = spy((_request, call) => [
      { type: 'text', text: call === 1 ? '{"answer": "x"}' : '{"answer": 7}' },
      finish,
    ])
    const { text, usage } = await new Model(driver, structured()).generate({
      messages: 'hi',
      schema,
    })
    expect({ text, usage }).toEqual({ text: '{"answer": 7}', usage: { output: 4 } })
    expect(JSON.stringify(asked[1]?.messages)).toMatch(
      /does not hold.*#\/answer.*Expected .*integer/,
    )
    expect(asked.every((request) => request.schema === undefined)).toBe(true)
  })
  it('gives up with bad-output', async () => {
    const model = new Model(
      spy(() => [{ type: 'text', text: 'no' }, finish]).driver,
      structured({ attempts: 3 }),
    )
    await expect(model.generate({ messages: 'hi', schema })).rejects.toMatchObject({
      code: 'bad-output',
      message: expect.stringContaining('3 attempts'),
    })
  })
  it('leaves constraining to a driver that can, and validates all the same', async () => {
    const { driver, asked } = spy(() => [{ type: 'text', text: '{"answer": 7}' }, finish])
    const able = { ...driver, capabilities: { ...driver.capabilities, schema: true } }
    await new Model(able, structured()).generate({ messages: 'hi', schema })
    expect(asked[0]).toMatchObject({ schema, messages: [{ content: 'hi' }] })
  })
  it('refuses what it cannot check, before a token', async () => {
    const { driver, asked } = spy()
    await expect(
      new Model(driver, structured()).generate({ messages: 'hi', schema: { nullable: true } }),
    ).rejects.toMatchObject({ code: 'unsupported' })
    expect(asked).toEqual([])
  })
})

describe('contextWindow', () => {
  it('leaves out the oldest turns, whole, and says so', async () => {
    const { driver, asked } = spy()
    const dropped: Message[] = []
    const messages: Message[] = [{ role: 'system', content: 'Be brief.' }, ...turns(6, 20)]
    await new Model(
      driver,
      contextWindow({ reserve: 20, onDrop: (messages) => dropped.push(...messages) }),
    ).generate({ messages })
    const sent = asked[0]?.messages ?? []
    expect(sent[0]).toEqual(messages[0])
    expect(sent[1]?.role).toBe('user')
    expect([...dropped, ...sent.slice(1)]).toEqual(messages.slice(1))
    expect(dropped.length % 2).toBe(0)
  })
  it('leaves no tool result without its call', async () => {
    const { driver, asked } = spy()
    const call: Message = {
      role: 'assistant',
      content: 'x'.repeat(60),
      toolCalls: [{ id: 'a', name: 'f', input: {} }],
    }
    await new Model(driver, contextWindow({ reserve: 60 })).generate({
      messages: [
        { role: 'user', content: 'old' },
        call,
        { role: 'tool', toolCallId: 'a', output: 1 },
        { role: 'user', content: 'new' },
      ],
    })
    expect(asked[0]?.messages).toEqual([{ role: 'user', content: 'new' }])
  })
  it('refuses a last turn that does not fit', async () => {
    await expect(
      new Model(spy().driver, contextWindow()).generate('x'.repeat(200)),
    ).rejects.toMatchObject({ code: 'context-overflow', message: expect.stringContaining('120') })
  })
})

describe('cache', () => {
  it('replays greedy and seeded replies, and no others', async () => {
    const { driver, asked } = spy()
    const model = new Model(driver, cache(memoryStore()))
    for (const sampling of [
      { temperature: 0 },
      { temperature: 0 },
      { seed: 1 },
      { seed: 1 },
      { temperature: 1 },
      { temperature: 1 },
    ])
      await model.generate({ messages: 'hi', sampling })
    expect(asked).toHaveLength(4)
  })
  it('shares one call among equals at once; a reader who stops holds up nobody, and the last to leave ends it', async () => {
    let ended = 0
    const { driver, asked } = spy(async function* () {
      try {
        for (const text of 'abc') {
          await sleep(1)
          yield { type: 'text', text }
        }
        yield finish
      } finally {
        ended++
      }
    })
    const model = new Model(driver, cache(memoryStore()))
    const idle = model.stream(greedy)
    await idle.next()
    const replies = await Promise.all([model.generate(greedy), model.generate(greedy)])
    expect([asked.length, ...replies.map(({ text }) => text)]).toEqual([1, 'abc', 'abc'])
    await idle.return()

    const abort = new AbortController()
    const left = [
      model.stream({ messages: 'again', sampling: { seed: 1 } }),
      model.stream({ messages: 'again', sampling: { seed: 1 } }, { signal: abort.signal }),
    ]
    for (const stream of left) await stream.next()
    await left[0]?.return()
    expect(ended).toBe(1)
    abort.abort('enough')
    await sleep(5)
    expect([asked.length, ended]).toEqual([2, 2])
  })
  it('keeps nothing of a reply that failed, and passes the failure to all who wait', async () => {
    const { driver, asked } = spy((_request, call) =>
      call === 1 ? failing('unavailable') : slowly(0),
    )
    const model = new Model(driver, cache(memoryStore()))
    const failed = await Promise.allSettled([model.generate(greedy), model.generate(greedy)])
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect((await model.generate(greedy)).text).toBe('ok')
    expect(asked).toHaveLength(2)
  })
})

describe('fallback', () => {
  const down = () => spy(() => failing('unavailable')).driver
  it('goes on to the next for reasons of the first, and to none for reasons of the caller', async () => {
    expect((await new Model(fallback(down(), down(), spy().driver)).generate('hi')).text).toBe('ok')
    const picky = spy(() => failing('invalid-request')).driver
    await expect(new Model(fallback(picky, spy().driver)).generate('hi')).rejects.toMatchObject({
      code: 'invalid-request',
    })
    await expect(new Model(fallback(down(), down())).generate('hi')).rejects.toMatchObject({
      code: 'unavailable',
    })
  })
  it('does not start over after the first part', async () => {
    const half = spy(async function* () {
      yield { type: 'text', text: 'half' }
      throw new NanoError('unavailable', 'gone')
    }).driver
    const second = spy()
    await expect(new Model(fallback(half, second.driver)).generate('hi')).rejects.toThrow('gone')
    expect(second.asked).toEqual([])
  })
  it('claims what all claim, and closes all', async () => {
    const closed: string[] = []
    const named = (name: string, capabilities: Partial<Driver['capabilities']>): Driver => ({
      ...scripted({ capabilities }),
      name,
      close: async () => void closed.push(name),
    })
    const model = new Model(
      fallback(
        named('near', { sampling: ['seed', 'topP'] }),
        named('far', { sampling: ['topP', 'topK'], reasoning: 'never' }),
      ),
    )
    expect(model.name).toBe('fallback(near, far)')
    expect(model.capabilities).toMatchObject({
      sampling: ['topP'],
      reasoning: 'never',
      countTokens: false,
    })
    await model.close()
    expect(closed).toEqual(['near', 'far'])
  })
})

function turns(count: number, length: number): Message[] {
  const pairs = Array.from({ length: count }, (_, turn): Message[] => [
    { role: 'user', content: `${turn}`.padEnd(length, '.') },
    { role: 'assistant', content: 'a' },
  ])
  return pairs.flat().slice(0, -1)
}

function counting(): CacheStore & { reads: number; writes: number } {
  const inner = memoryStore()
  return {
    reads: 0,
    writes: 0,
    get(key) {
      this.reads++
      return inner.get(key)
    },
    set(key, value) {
      this.writes++
      return inner.set(key, value)
    },
  }
}
