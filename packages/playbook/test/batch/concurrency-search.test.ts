import { describe, expect, it } from 'vitest'
import { isLongRun } from '../../../../test/shared/long-run.ts'
import { concurrencySearch, type SearchLimits } from '../../src/batch/concurrency-search.ts'

const unlimited = { max: 1_024, firstAnswer: Infinity, betweenTokens: Infinity, total: Infinity }

/** Milliseconds of a step of a server that so many requests share. */
type StepTime = (requests: number) => number

/** Servers by what limits them. */
const servers = {
  'computes one request at a time': (requests) => 10 * requests,
  'decodes up to 8 at nearly the price of one': (requests) =>
    requests <= 8 ? 10 + 0.2 * requests : 11.6 * (requests / 8),
  'has a fixed cost per step, and computes beyond 64': (requests) =>
    5 + 0.1 * Math.max(requests, 64),
  'gets slower with too many': (requests) => 10 + 0.02 * requests ** 2,
} satisfies Record<string, StepTime>

/** What differs from one run of a simulation to another. */
interface Chance {
  readonly seed?: number
  /** By how much other programs slow down or spare each second, as a share. */
  readonly noise?: number
}

/** Runs replies of random length on a server, step by step, in a time of its own. */
function simulate(
  stepTime: StepTime,
  limits: Partial<SearchLimits> & { readonly requests: number },
  { seed = 1, noise = 0 }: Chance = {},
) {
  const { requests: total, ...searchLimits } = limits
  let [time, secondEnd, slowness] = [0, 0, 1]
  let state = seed
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  const search = concurrencySearch({ ...unlimited, ...searchLimits }, () => time)
  const running: {
    left: number
    readonly tokens: number
    readonly startedAt: number
    first: number
  }[] = []
  const chosen: number[] = []
  let [started, finished] = [0, 0]
  while (finished < total) {
    while (running.length < search.concurrency && started < total) {
      const tokens = 20 + Math.floor(random() * 60)
      running.push({ left: tokens, tokens, startedAt: time, first: NaN })
      chosen[started++] = search.concurrency
    }
    if (time >= secondEnd) {
      slowness = 1 + noise * (2 * random() - 1)
      secondEnd = time + 1_000
    }
    time += stepTime(running.length) * (0.97 + 0.06 * random()) * slowness
    for (const request of running) {
      request.left--
      search.tick()
      if (Number.isNaN(request.first)) request.first = time - request.startedAt
    }
    for (const { tokens, first, startedAt } of running.filter(({ left }) => left === 0)) {
      finished++
      const betweenTokens = (time - startedAt - first) / (tokens - 1)
      search.note({ tokens, ticks: tokens, firstAnswer: first, betweenTokens })
    }
    running.splice(0, running.length, ...running.filter(({ left }) => left > 0))
  }
  return { search, chosen }
}

const levelsUpTo = (max: number) => Array.from({ length: Math.log2(max) + 1 }, (_, i) => 2 ** i)
const speedOf = (stepTime: StepTime, requests: number) => requests / stepTime(requests)

describe.each(Object.entries(servers))('on a server that %s', (_name, stepTime) => {
  it.each(Array.from({ length: isLongRun ? 40 : 5 }, (_, index) => index + 1))(
    'finds what a grid finds, with little of the batch (%i)',
    (seed) => {
      const total = 40_000
      const { search, chosen } = simulate(stepTime, { total, requests: total }, { seed })
      const best = Math.max(...levelsUpTo(1_024).map((level) => speedOf(stepTime, level)))
      expect(speedOf(stepTime, search.concurrency)).toBeGreaterThanOrEqual(0.95 * best)
      const spent = chosen.filter((level) => level !== search.concurrency).length
      expect(spent).toBeLessThanOrEqual(0.1 * total)
    },
  )
})

it('a search finds what each level gains a little of, beside other programs', () => {
  // As SmolLM2 does on two cores: 16 at once give 1.6 times the tokens of one.
  const stepTime: StepTime = (requests) => 10 * requests ** 0.83
  const total = 700
  const runs = Array.from({ length: 100 }, (_, index) =>
    simulate(
      stepTime,
      { total, max: 16, requests: total },
      { seed: 7_919 * (index + 1), noise: 0.1 },
    ),
  )
  const best = speedOf(stepTime, 16)
  const hits = runs.filter(({ search }) => speedOf(stepTime, search.concurrency) >= 0.95 * best)
  expect(hits.length).toBeGreaterThanOrEqual(85)
})

describe('a search', () => {
  const stepTime = servers['has a fixed cost per step, and computes beyond 64']

  it('takes no level that a small batch has no requests for', () => {
    const total = 100
    const { search, chosen } = simulate(stepTime, { total, requests: total })
    const spent = chosen.filter((level) => level !== search.concurrency).length
    expect(spent).toBeLessThanOrEqual(0.1 * total)
  })

  it('keeps to the most requests that it is allowed', () => {
    const { search, chosen } = simulate(stepTime, { max: 6, requests: 2_000 })
    expect(Math.max(...chosen)).toBe(6)
    expect(search.concurrency).toBe(6)
    expect(simulate(stepTime, { max: 1, requests: 50 }).search.levels).toEqual([])
  })

  it('keeps to the limits on times', () => {
    const slow: StepTime = (requests) => 10 + requests
    for (const limits of [{ betweenTokens: 20 }, { firstAnswer: 20 }]) {
      const { search } = simulate(slow, { ...limits, requests: 5_000 })
      expect(search.concurrency).toBe(8)
      expect(search.levels.map((level) => level.isWithinLimits)).toEqual([
        true,
        true,
        true,
        true,
        false,
      ])
    }
  })
  /** Runs replies that take 10 ms each on any number at once, without a word of their tokens. */
  function runReplies(hasFailed: (concurrency: number, index: number) => boolean) {
    let time = 0
    const search = concurrencySearch({ ...unlimited, max: 8 }, () => time)
    for (let step = 0; step < 50; step++) {
      time += 10
      const { concurrency } = search
      for (let index = 0; index < concurrency; index++) {
        const isFault = hasFailed(concurrency, index)
        search.note({ tokens: 0, ticks: 0, ...(isFault && { hasFailed: true }) })
      }
    }
    return search
  }

  it('compares replies where nobody tells their tokens', () => {
    const search = runReplies(() => false)
    expect(search.concurrency).toBe(8)
    expect(search.levels.map((level) => level.tokensPerSecond)).toEqual([0, 0, 0, 0])
  })

  it('steps back from a level on which requests fail', () => {
    const search = runReplies((concurrency, index) => concurrency === 8 && index % 4 === 0)
    expect(search.concurrency).toBe(4)
    expect(search.levels.at(-1)).toMatchObject({ concurrency: 8, isWithinLimits: false })
  })

  it('measures nothing by replies of a cache', () => {
    const search = concurrencySearch(unlimited, () => 0)
    for (let count = 0; count < 100; count++) search.skip()
    expect(search.levels).toEqual([])
    expect(search.concurrency).toBe(1)
  })
})
