import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import {
  cache,
  type CacheStore,
  defaults,
  limit,
  memoryStore,
  Model,
  standard,
  timeout,
} from '../../src/index.ts'
import { collect, type Driver } from '../../src/driver/index.ts'
import { scripted } from '../../src/testing/index.ts'

const greedy = { messages: 'hi', sampling: { temperature: 0 } } as const
const finish = { type: 'finish', finishReason: 'stop', usage: {}, timings: {} } as const

/** Its first reply is r1, its second r2: a replay repeats. */
function countingDriver(
  info: Partial<Driver['info']> = {},
  capabilities: Partial<Driver['capabilities']> = {},
): Driver {
  let replyCount = 0
  const driver = scripted({ capabilities: { tools: 'forced', schema: true, ...capabilities } })
  return {
    ...driver,
    info: { ...driver.info, ...info },
    async *stream({ schema }) {
      const reply = `r${++replyCount}`
      yield { type: 'text', text: schema ? JSON.stringify(reply) : reply }
      yield finish
    },
  }
}
const streamOf = (word: string): Pick<Driver, 'stream'> => ({
  async *stream() {
    yield { type: 'text', text: word }
    yield finish
  },
})
const text = async (model: Model, request: object = {}) =>
  (await collect(model.stream({ ...greedy, ...request }))).text

it.each<[what: string, change: Partial<Driver['info']>]>([
  ['model', { model: 'another' }],
  ['context', { contextLength: 60 }],
  ['quantization', { quantization: 'Q4_0' }],
  ['format', { format: 'chatml' }],
  ['device', { device: 'cuda' }],
])('cache tells drivers of another %s apart', async (_what, change) => {
  const store = memoryStore()
  const driverSaying = (word: string, info: Partial<Driver['info']>): Driver => ({
    ...countingDriver(info),
    ...streamOf(word),
  })
  expect(await text(new Model(driverSaying('one', {}), cache(store)))).toBe('one')
  expect(await text(new Model(driverSaying('again', {}), cache(store)))).toBe('one')
  expect(await text(new Model(driverSaying('other', change), cache(store)))).toBe('other')
})

it('cache gives a reply to a driver with other threads, which change its speed alone', async () => {
  const store = memoryStore()
  const textWith = (decode: number) => {
    const threads = { prefill: 2, decode, decodeTogether: 2 }
    return text(new Model(countingDriver({ threads }), cache(store)))
  }
  expect([await textWith(1), await textWith(2)]).toEqual(['r1', 'r1'])
  expect(await text(new Model({ ...countingDriver(), ...streamOf('again') }, cache(store)))).toBe(
    'r1',
  )
})
it('cache tells drivers of other capabilities apart', async () => {
  const store = memoryStore()
  expect(await text(new Model({ ...countingDriver(), ...streamOf('one') }, cache(store)))).toBe(
    'one',
  )
  expect(
    await text(
      new Model(
        { ...countingDriver({}, { reasoning: 'never' }), ...streamOf('other') },
        cache(store),
      ),
    ),
  ).toBe('other')
})
it('cache is filled once for one context, and once for another', async () => {
  const store = memoryStore()
  const reply = () => Array.from({ length: 50 }, () => 'abcdef ')
  const finishOf = async (contextLength: number) =>
    (await new Model(scripted({ contextLength, reply }), cache(store)).generate(greedy))
      .finishReason
  expect([await finishOf(60), await finishOf(100_000)]).toEqual(['length', 'stop'])
})
it('cache keeps its replies when the stack around it changes', async () => {
  const store = memoryStore()
  const driver = countingDriver()
  for (const options of [{ limit: 1 }, { limit: 2 }, { timeout: { total: 9_000 } }])
    expect(await text(new Model(driver, standard({ cache: store, ...options })))).toBe('r1')
  expect(await text(new Model(driver, cache(store), timeout({ total: 9_000 }), limit(3)))).toBe(
    'r1',
  )
})
it('cache ignores the order of keys, except where the prompt shows it', async () => {
  const store = memoryStore()
  const driver = countingDriver()
  const model = new Model(driver, cache(store))
  expect(await text(model, { maxTokens: 9 })).toBe('r1')
  expect(await text(new Model(driver, defaults({ maxTokens: 9 }), cache(store)))).toBe('r1')
  const [ab, ba] = [
    { a: {}, b: {} },
    { b: {}, a: {} },
  ]
  const requests = [ab, ba].flatMap((properties) => [
    { schema: { properties } },
    { tools: [{ name: 'f', parameters: { properties } }] },
    {
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'f', input: properties }] },
      ],
    },
    {
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'f', input: {} }] },
        { role: 'tool', toolCallId: 'a', output: properties },
      ],
    },
  ])
  const replies = new Set<string>()
  for (const request of requests) replies.add(await text(model, request))
  expect(replies.size).toBe(requests.length)
})

it('cache does not let a caller change what the next one gets', async () => {
  const driver: Driver = {
    ...countingDriver(),
    async *stream() {
      await sleep(5)
      yield { type: 'tool-call', id: 'c', name: 'f', input: { a: 1 } }
      yield { ...finish, finishReason: 'tool-calls' }
    },
  }
  const model = new Model(driver, cache(memoryStore()))
  const request = { ...greedy, tools: [{ name: 'f', parameters: {} }] }
  const spoil = async () => {
    const [call] = (await model.generate(request)).toolCalls
    const input = call?.input as { a: unknown }
    const original = input.a
    input.a = 'poison'
    return original
  }
  expect(await Promise.all([spoil(), spoil()])).toEqual([1, 1])
  expect([await spoil(), await spoil()]).toEqual([1, 1])
})

const secret = new Error('redis://user:pass@host refused')
const fault = async () => {
  throw secret
}
it.each<[what: string, store: Partial<CacheStore>]>([
  ['that cannot be read', { get: fault }],
  ['that cannot be written', { set: fault }],
  [
    'that throws at once',
    {
      get: () => {
        throw secret
      },
    },
  ],
  ['that never answers a write', { set: () => new Promise(() => {}) }],
  ['that holds something else', { get: async () => ['?'] }],
  ['that holds half a reply', { get: async () => '[{' }],
  ['that holds a reply without a finish', { get: async () => '[{"type":"text","text":"no"}]' }],
  [
    'that holds a reply of another kind',
    { get: async () => JSON.stringify([{ type: 'text', text: 7 }, finish]) },
  ],
  ['that holds two replies', { get: async () => JSON.stringify([finish, finish]) }],
])('cache makes a reply in spite of a store %s', async (_what, brokenMethods) => {
  const errors: unknown[] = []
  const store = { ...memoryStore(), ...brokenMethods }
  expect(
    await text(
      new Model(countingDriver(), cache(store, { onError: (error) => errors.push(error) })),
    ),
  ).toBe('r1')
  expect(
    await text(
      new Model(
        countingDriver(),
        standard({ cache: store, onCacheError: (error) => errors.push(error) }),
      ),
    ),
  ).toMatch(/^r1$/)
  for (const error of errors) expect(error).toBe(secret)
  expect(errors.length > 0).toBe(
    Object.values(brokenMethods).some(
      (method) => method === fault || String(method).includes('throw'),
    ),
  )
})

it('cache does not wait for a store that never answers a read', async () => {
  const errors: unknown[] = []
  const store = { ...memoryStore(), get: () => new Promise(() => {}) }
  const options = { readTimeout: 10, onError: (error: unknown) => errors.push(error) }
  expect(await text(new Model(countingDriver(), cache(store, options)))).toBe('r1')
  expect(errors).toEqual([expect.objectContaining({ code: 'timeout' })])
})

it.each(['an abort', 'a close'])('cache hears %s while its store takes its time', async (what) => {
  const model = new Model(scripted(), cache({ get: () => sleep(2_000), set: async () => {} }))
  const abort = new AbortController()
  const reply = model.generate(greedy, { signal: abort.signal }).catch((error: unknown) => error)
  await sleep(10)
  const start = performance.now()
  if (what === 'a close') await model.close()
  else abort.abort('enough')
  expect(await reply).toEqual(
    what === 'a close' ? expect.objectContaining({ code: 'closed' }) : 'enough',
  )
  expect(performance.now() - start).toBeLessThan(1_000)
})

it('cache says that a reply is replayed, and leaves its usage as it was', async () => {
  const model = new Model(scripted(), cache(memoryStore()))
  const [first, second] = [await model.generate(greedy), await model.generate(greedy)]
  expect(first.cached).toBeUndefined()
  expect(second).toMatchObject({ cached: true, text: first.text, usage: first.usage })
})
