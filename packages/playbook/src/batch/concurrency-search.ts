/** What was measured with so many requests at once. */
export interface ConcurrencyLevel {
  readonly concurrency: number
  /** Tokens of replies per second. */
  readonly tokensPerSecond: number
  /** False where a limit on times was passed. */
  readonly isWithinLimits: boolean
}

/** A result, as the search sees it. */
interface SearchedResult {
  /** Tokens of the reply. */
  readonly tokens: number
  /** How often `tick` was called for it; 0 for a driver that does not tell. */
  readonly ticks: number
  /** Milliseconds to the first part of the answer; absent where there was none. */
  readonly firstAnswer?: number | undefined
  /** Milliseconds between tokens, on average; absent for a reply of one token. */
  readonly betweenTokens?: number | undefined
}

/** Limits within which the most tokens per second are looked for. */
export interface SearchLimits {
  /** The most requests at once. */
  readonly max: number
  /** Milliseconds to the first part of the answer that most replies may take. */
  readonly firstAnswer: number
  /** Milliseconds between tokens that most replies may take. */
  readonly betweenTokens: number
  /** Requests of the whole batch; `Infinity` where nobody knows. */
  readonly total: number
}

/** Finds how many requests at once give the most tokens per second, while the batch goes on. */
export interface ConcurrencySearch {
  /** Requests at once from now on. */
  readonly concurrency: number
  /** What was measured so far, in its order. */
  readonly levels: readonly ConcurrencyLevel[]
  /** Notes that a reply has grown, by one token or by several that came together. */
  tick(): void
  /** Notes a result, at the moment when it is there. */
  note(result: SearchedResult): void
}

/** So many requests at once, whatever they give. */
export function fixedConcurrency(concurrency: number): ConcurrencySearch {
  return { concurrency, levels: [], tick() {}, note() {} }
}

/** How much faster twice as many requests at once must be to be worth it. */
const leastGain = 1.04
/** Results that a level is measured with, at least. */
const leastResults = 4
/** A level that seems to gain nothing is measured with so many times as many results. */
const doubtFactor = 3
/** The share of a batch that may run on levels that are not chosen in the end. */
const searchShare = 0.1
/** The share of replies that must keep to the limits on times. */
const keptShare = 0.95

/**
 * Doubles the requests at once as long as that gives more tokens per second within the limits. Of
 * levels that are about as fast the smallest is taken: with more, requests only wait. The first
 * results of a level began on the one before, and are not counted.
 */
export function concurrencySearch(
  { max, firstAnswer, betweenTokens, total }: SearchLimits,
  now: () => number = () => performance.now(),
): ConcurrencySearch {
  const levels: ConcurrencyLevel[] = []
  let concurrency = 1
  let isSettled = max === 1
  /** Results to come of requests that began on the level before: they are not counted. */
  let earlierResults = 0
  let startedAt = now()
  let results: SearchedResult[] = []
  /** The level seems to gain nothing, and is measured longer before that is believed. */
  let isDoubted = false
  /** Since `startedAt`, those of replies that are not finished included. */
  let tickCount = 0
  /** Results on levels that were left. */
  let spentCount = 0

  /** At most how many results it takes to measure a level, those that began before included. */
  const resultsFor = (level: number) => level + Math.max(level, leastResults)

  function measure(): ConcurrencyLevel {
    const tokens = results.reduce((sum, result) => sum + result.tokens, 0)
    const ticks = results.reduce((sum, result) => sum + result.ticks, 0)
    const isKept = ({ firstAnswer: first = 0, betweenTokens: between = 0 }: SearchedResult) =>
      first <= firstAnswer && between <= betweenTokens
    return {
      concurrency,
      tokensPerSecond:
        (1_000 * (ticks > 0 ? tickCount * (tokens / ticks) : tokens)) / (now() - startedAt),
      isWithinLimits: results.filter(isKept).length >= keptShare * results.length,
    }
  }

  function begin(level: number): void {
    earlierResults = concurrency
    concurrency = level
    results = []
    isDoubted = false
    startClock()
  }

  function startClock(): void {
    startedAt = now()
    tickCount = 0
  }

  function settle(): void {
    const allowed = levels.filter((level) => level.isWithinLimits)
    const best = Math.max(...allowed.map((level) => level.tokensPerSecond))
    const chosen = allowed.find((level) => level.tokensPerSecond * leastGain > best)
    concurrency = chosen?.concurrency ?? 1
    isSettled = true
  }

  const canSpend = (count: number) => spentCount + count <= searchShare * total
  const canDouble = () =>
    concurrency < max && canSpend(results.length + resultsFor(Math.min(2 * concurrency, max)))

  return {
    get concurrency() {
      return concurrency
    },
    levels,
    tick() {
      tickCount++
    },
    note(result) {
      if (isSettled) return
      if (earlierResults > 0) {
        earlierResults--
        spentCount++
        if (earlierResults === 0) startClock()
        return
      }
      results.push(result)
      const count = Math.max(concurrency, leastResults) * (isDoubted ? doubtFactor : 1)
      if (results.length < count) return
      const level = measure()
      const isFaster = level.tokensPerSecond > leastGain * (levels.at(-1)?.tokensPerSecond ?? 0)
      if (!isFaster && level.isWithinLimits && !isDoubted && canSpend(doubtFactor * count)) {
        isDoubted = true
        return
      }
      levels.push(level)
      if (isFaster && level.isWithinLimits && canDouble()) {
        spentCount += results.length
        begin(Math.min(2 * concurrency, max))
      } else settle()
    },
  }
}
