import diagnostics from 'node:diagnostics_channel'
import { expect, it, vi } from 'vitest'
import {
  cache,
  contextWindow,
  defaults,
  limit,
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

const finish: Part = { type: 'finish', finishReason: 'stop', usage: {}, timings: {} }
const code = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => (NanoError.is(error) ? error.code : error),
  )

/** Fails with `error` for the first `times`, after `emitted` parts. */
function flaky(
  times: number,
  emitted = 0,
  error = new NanoError('unavailable', 'down', { retryable: true }),
) {
  const seen = { calls: 0 }
  const driver: Driver = {
    ...scripted(),
    async *stream() {
      seen.calls++
      for (let part = 0; part < emitted; part++) yield { type: 'text', text: 'x' }
      if (seen.calls <= times) throw error
      yield finish
    },
  }
  return { driver, seen }
}

it('retry repeats what may be repeated', async () => {
  const { driver, seen } = flaky(2)
  expect((await new Model(driver, retry({ delay: 1 })).generate('hi')).finishReason).toBe('stop')
  expect(seen.calls).toBe(3)
})
it('retry gives up after its attempts, with the last error', async () => {
  const { driver, seen } = flaky(9)
  await expect(new Model(driver, retry({ delay: 1, attempts: 2 })).generate('hi')).rejects.toThrow(
    'down',
  )
  expect(seen.calls).toBe(2)
})
it('retry does nothing after the first part', async () => {
  const { driver, seen } = flaky(1, 1)
  await expect(new Model(driver, retry({ delay: 1 })).generate('hi')).rejects.toThrow('down')
  expect(seen.calls).toBe(1)
})
it('retry leaves what is final alone', async () => {
  const { driver, seen } = flaky(1, 0, new NanoError('unauthorized', 'no'))
  expect(await code(new Model(driver, retry({ delay: 1 })).generate('hi'))).toBe('unauthorized')
  expect(seen.calls).toBe(1)
})
it('retry waits as long as it is asked to, and not for longer than its maximum', async () => {
  vi.useFakeTimers()
  try {
    const asks = (retryAfter: number) =>
      flaky(1, 0, new NanoError('rate-limited', 'slow down', { retryable: true, retryAfter }))
    const patient = asks(5_000)
    const reply = new Model(patient.driver, retry({ delay: 1 })).generate('hi')
    await vi.advanceTimersByTimeAsync(4_999)
    expect(patient.seen.calls).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect((await reply).finishReason).toBe('stop')
    expect(
      await code(new Model(asks(5_000).driver, retry({ maxDelay: 4_000 })).generate('hi')),
    ).toBe('rate-limited')
  } finally {
    vi.useRealTimers()
  }
})
it('retry stops waiting on abort', async () => {
  const abort = new AbortController()
  const reply = new Model(flaky(9).driver, retry({ delay: 60_000, maxDelay: 60_000 })).generate(
    'hi',
    { signal: abort.signal },
  )
  setTimeout(() => abort.abort('enough'), 5)
  await expect(reply).rejects.toBe('enough')
})

it('limit holds a slot until its stream ends, first come first served', async () => {
  let open = 0
  let most = 0
  const busy: Driver = {
    ...scripted(),
    async *stream({ messages }) {
      most = Math.max(most, ++open)
      try {
        await new Promise((resolve) => setTimeout(resolve, 2))
        yield { type: 'text', text: (messages[0] as { content: string }).content }
        yield finish
      } finally {
        open--
      }
    },
  }
  const model = new Model(busy, limit(2))
  const order: string[] = []
  const replies = await Promise.all(
    [...'abcdefgh'].map(async (name) => {
      const reply = await model.generate(name)
      order.push(reply.text)
      return reply
    }),
  )
  expect(most).toBe(2)
  expect(order.join('')).toBe('abcdefgh')
  expect(replies.at(-1)?.timings.waiting).toBeGreaterThan(2)
})
it('limit takes one slot for a reader who does not wait between its steps', async () => {
  const driver = limit(1)(scripted({ reply: () => ['a', 'b'] }))
  const read = async () => {
    const parts = driver
      .stream(
        { messages: [{ role: 'user', content: 'hi' }] },
        { signal: AbortSignal.timeout(5_000) },
      )
      [Symbol.asyncIterator]()
    return (await Promise.all([1, 2, 3, 4].map(() => parts.next()))).map(({ value, done }) =>
      done ? 'done' : (value as Part).type,
    )
  }
  expect([await read(), await read()]).toEqual([
    ['text', 'text', 'finish', 'done'],
    ['text', 'text', 'finish', 'done'],
  ])
})
it('limit forgets who leaves the queue', async () => {
  const model = new Model(scripted({ reply: () => ['a', 'b', 'c'] }), limit(1))
  const held = model.stream('first')
  await held.next()
  const abort = new AbortController()
  const waiting = model.generate('second', { signal: abort.signal })
  const third = model.generate('third')
  abort.abort('bored')
  await expect(waiting).rejects.toBe('bored')
  await held.return()
  expect((await third).text).toBe('abc')
})
it.each<[what: string, make: () => unknown, message: RegExp]>([
  ['limit(0)', () => limit(0), /size to be a whole number, 1 or more, got 0/],
  ['limit(1.5)', () => limit(1.5), /whole number/],
  ['retry(3)', () => retry(3 as never), /Did you mean retry\(\{ attempts: 3 \}\)/],
  ['no attempts', () => retry({ attempts: 0 }), /attempts/],
  ['timeout(5000)', () => timeout(5_000 as never), /Did you mean timeout\(\{ silence: 30_000 \}\)/],
  ['a time that is none', () => timeout({ first: NaN }), /first to be a number/],
  [
    'a misspelt option',
    () => retry({ attempt: 3 } as never),
    /unknown option "attempt"\. Options are: attempts/,
  ],
  ['cache()', () => cache(undefined as never), /Did you mean cache\(memoryStore\(\)\)/],
  ["cache('x')", () => cache('x' as never), /expected a store with get and set, got a text/],
  ['structured(null)', () => structured(null as never), /structured: expected options, got null/],
  [
    "structured('x')",
    () => structured('x' as never),
    /Did you mean structured\(\{ attempts: 3 \}\)/,
  ],
  [
    'contextWindow(5)',
    () => contextWindow(5 as never),
    /Did you mean contextWindow\(\{ reserve: 512 \}\)/,
  ],
  ['standard(null)', () => standard(null as never), /standard: expected options, got null/],
  [
    'standard({ limits: 3 })',
    () => standard({ limits: 3 } as never),
    /unknown option "limits"\. Options are: .*limit,/,
  ],
  ['a default that is none', () => defaults({ maxTokens: -1 }), /maxTokens/],
])('%s is refused when it is made', (_what, make, message) => expect(make).toThrow(message))

it('a default is not overridden by what is there and undefined', async () => {
  const model = new Model(
    scripted(),
    defaults({ maxTokens: 1, reasoning: 'off', sampling: { seed: 1 } }),
  )
  const { text } = await model.generate({
    messages: 'hi',
    maxTokens: undefined,
    sampling: { seed: undefined },
  } as never)
  expect(text).toBe('o')
})
it('defaults may bring the tools that a request chooses from', async () => {
  const model = new Model(
    scripted({ capabilities: { tools: 'forced' } }),
    defaults({ tools: [{ name: 'add', parameters: {} }] }),
  )
  expect((await model.generate({ messages: 'hi', toolChoice: { name: 'add' } })).text).toBe('ok')
})

it.each<[who: string, middleware: Middleware[], aborts: boolean]>([
  ['an abort', [limit(1)], true],
  ['a time-out before it', [timeout({ total: 30 }), limit(1)], false],
])(
  '%s gives back the slot of a reader who went away without leaving',
  async (_who, middleware, aborts) => {
    const model = new Model(scripted({ reply: () => ['a', 'b', 'c'] }), ...middleware)
    const abort = new AbortController()
    const forgotten = model.stream('first', { signal: abort.signal })
    await forgotten.next()
    if (aborts) abort.abort('enough')
    else await new Promise((resolve) => setTimeout(resolve, 60))
    expect((await model.generate('second', { signal: AbortSignal.timeout(5_000) })).text).toBe(
      'abc',
    )
    await expect(forgotten.next()).rejects.toBeDefined()
  },
)

it('defaults fill in what is left out, setting by setting', async () => {
  const seen: unknown[] = []
  const inner = scripted({ capabilities: { sampling: ['topP', 'seed'] } })
  const spy: Driver = {
    ...inner,
    stream: (request, call) => {
      seen.push(request)
      return inner.stream(request, call)
    },
  }
  await new Model(spy, defaults({ maxTokens: 9, sampling: { seed: 1, topP: 0.5 } })).generate({
    messages: 'hi',
    sampling: { seed: 2 },
  })
  expect(seen).toMatchObject([{ maxTokens: 9, sampling: { seed: 2, topP: 0.5 } }])
})

const silent = (before: number, between: number): Driver => ({
  ...scripted(),
  async *stream() {
    await new Promise((resolve) => setTimeout(resolve, before))
    yield { type: 'text', text: 'a' }
    await new Promise((resolve) => setTimeout(resolve, between))
    yield { type: 'text', text: 'b' }
    yield finish
  },
})
it.each<[what: string, driver: Driver, limits: object, message: string, retryable: boolean]>([
  ['the first part', silent(10_000, 0), { first: 20 }, '20 ms before the first part', true],
  ['a silence', silent(0, 10_000), { silence: 20 }, '20 ms between two parts', false],
  [
    'a silence, after much patience',
    silent(0, 10_000),
    { first: 50_000, silence: 20 },
    '20 ms between two parts',
    false,
  ],
  ['the whole', silent(0, 10_000), { silence: 5_000, total: 20 }, '20 ms in all', false],
])(
  'timeout ends a call for %s, even of a driver that ignores its signal',
  async (_what, driver, limits, message, retryable) => {
    const error: unknown = await new Model(driver, timeout(limits))
      .generate('hi')
      .catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: 'timeout',
      retryable,
      message: expect.stringContaining(message),
    })
  },
)
it('timeout lets the rest pass', async () => {
  expect(
    (
      await new Model(
        silent(1, 1),
        timeout({ first: 5_000, silence: 5_000, total: 5_000 }),
      ).generate('hi')
    ).text,
  ).toBe('ab')
})
it('timeout does not count the time the reader takes between parts', async () => {
  for await (const _ of new Model(
    scripted({ reply: () => ['a', 'b', 'c'] }),
    timeout({ silence: 20 }),
  ).stream('hi')) {
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
})

it('trace publishes what the user sees, and how it ended', async () => {
  const events: TraceEvent[] = []
  const listen = (event: unknown) => events.push(event as TraceEvent)
  diagnostics.subscribe(traceChannel, listen)
  try {
    const model = new Model(scripted({ reply: () => ['a', 'b'] }), trace())
    await model.generate('hi')
    for await (const _ of model.stream('leave')) break
    await new Model(flaky(1).driver, trace()).generate('fail').catch(() => {})
  } finally {
    diagnostics.unsubscribe(traceChannel, listen)
  }
  const story = Map.groupBy(events, ({ call }) => call)
  expect(
    [...story.values()].map((call) =>
      call.map((event) => (event.type === 'part' ? event.part.type : event.type)),
    ),
  ).toEqual([
    ['start', 'reasoning', 'text', 'text', 'finish'],
    ['start', 'reasoning', 'left'],
    ['start', 'error'],
  ])
})
it('trace publishes a finish with the times that the user sees', async () => {
  const finishes: Part[] = []
  const listen = (event: unknown) => {
    const { type, part } = event as { readonly type: string; readonly part?: Part }
    if (type === 'part' && part?.type === 'finish') finishes.push(part)
  }
  diagnostics.subscribe(traceChannel, listen)
  const { timings } = await new Model(silent(20, 20), trace()).generate('hi')
  diagnostics.unsubscribe(traceChannel, listen)
  const [seen] = finishes
  const published = seen?.type === 'finish' ? seen.timings : {}
  expect(Object.keys(published)).toEqual(Object.keys(timings))
  for (const [name, time] of Object.entries(published))
    expect(Math.abs(time - timings[name as keyof typeof timings]!)).toBeLessThan(10)
})
