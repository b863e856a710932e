import { setTimeout as sleep } from 'node:timers/promises'
import diagnostics from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import {
  cache,
  contextWindow,
  defaults,
  limit,
  memoryStore,
  type Middleware,
  Model,
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
import { failStream, finish, greedy, streamSlowly, spy, turns, countingStore } from './spies.ts'

describe('the order of standard()', () => {
  it('is the one it names', () => {
    const middlewares = standard({
      defaults: {},
      contextWindow: {},
      cache: memoryStore(),
      limit: 2,
      timeout: { total: 9_000, silence: 1_000 },
    })
    expect(new Model(scripted(), middlewares).name).toBe(
      'trace(defaults(timeout(contextWindow(structured(cache(retry(limit[2](timeout(scripte' +
        'd)))))))))',
    )
    expect(new Model(scripted(), standard()).name).toBe('trace(structured(retry(scripted)))')
  })

  /** What each pair of neighbors gives in the right order and in the wrong one. */
  const pairs: [
    outer: string,
    inner: string,
    measure: (order: (outer: Middleware, inner: Middleware) => Middleware[]) => Promise<unknown>,
    rightResult: unknown,
    wrongResult: unknown,
  ][] = [
    [
      'trace',
      'defaults',
      async (order) => {
        const tokenLimits: unknown[] = []
        const listen = (event: unknown) => {
          if ((event as TraceEvent).type === 'start')
            tokenLimits.push((event as Extract<TraceEvent, { type: 'start' }>).request.maxTokens)
        }
        diagnostics.subscribe(traceChannel, listen)
        await new Model(scripted(), ...order(trace(), defaults({ maxTokens: 9 }))).generate('hi')
        diagnostics.unsubscribe(traceChannel, listen)
        return tokenLimits
      },
      [undefined],
      [9],
    ],
    [
      'defaults',
      'contextWindow',
      async (order) => {
        const { driver, requests } = spy()
        await new Model(driver, ...order(defaults({ maxTokens: 80 }), contextWindow())).generate({
          messages: turns(2, 35),
        })
        return requests[0]?.messages.length
      },
      1,
      3,
    ],
    [
      'contextWindow',
      'structured',
      async (order) => {
        const { driver, requests } = spy((_request, call) => [
          { type: 'text', text: call === 1 ? 'not JSON at all' : '1' },
          finish,
        ])
        const roomyDriver: Driver = { ...driver, info: { ...driver.info, contextLength: 350 } }
        await new Model(
          roomyDriver,
          ...order(contextWindow({ reserve: 100 }), structured()),
        ).generate({
          messages: 'one',
          schema: { type: 'number' },
        })
        // Outside, it may not take the answer that is to be repaired away from its repair.
        return requests.at(-1)?.messages.filter(({ role }) => role === 'assistant').length
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
        const store = countingStore()
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
          call === 1 ? failStream('unavailable', true) : streamSlowly(0),
        )
        const store = countingStore()
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
          call === 1 ? failStream('unavailable', true) : streamSlowly(0),
        )
        const model = new Model(driver, ...order(retry({ delay: 120 }), limit(1)))
        const outcomes: string[] = []
        await Promise.all([
          model.generate('first').then(() => outcomes.push('first')),
          sleep(10)
            .then(() => model.generate('second'))
            .then(() => outcomes.push('second')),
        ])
        return outcomes
      },
      ['second', 'first'],
      ['first', 'second'],
    ],
    [
      'limit',
      'timeout',
      async (order) => {
        const model = new Model(
          spy(() => streamSlowly(60)).driver,
          ...order(limit(1), timeout({ first: 100 })),
        )
        const outcomes = await Promise.allSettled([
          model.generate('a'),
          model.generate('b'),
          model.generate('c'),
        ])
        return outcomes.filter(({ status }) => status === 'rejected').length > 0
      },
      false,
      true,
    ],
  ]

  it.each(pairs)(
    '%s before %s, and the other way round is wrong',
    async (_outer, _inner, measure, rightResult, wrongResult) => {
      expect(await measure((outer, inner) => [outer, inner])).toEqual(rightResult)
      expect(await measure((outer, inner) => [inner, outer])).toEqual(wrongResult)
    },
  )
})

it('standard() never exceeds the total time, whatever it repeats or waits for', async () => {
  const { driver, requests } = spy(() => failStream('unavailable', true))
  const model = new Model(
    driver,
    standard({ retry: { attempts: 1_000, delay: 5, maxDelay: 5 }, timeout: { total: 60 } }),
  )
  const startedAt = performance.now()
  await expect(model.generate('hi')).rejects.toMatchObject({ code: 'timeout' })
  expect(performance.now() - startedAt).toBeLessThan(1_000)
  expect(requests.length).toBeGreaterThan(1)
})
