/** What was measured with so many requests at once. */
export interface ConcurrencyLevel {
  readonly concurrency: number
  /** Tokens of replies per second; 0 where the model tells none, and replies decide. */
  readonly tokensPerSecond: number
  /** False where a limit on times was passed, or too many requests failed. */
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
  /** The request failed with an error that so many at once may have caused. */
  readonly hasFailed?: boolean
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
  /** Notes a result that says nothing of the speed: that of a cache, or an error of its own. */
  skip(): void
}

/** So many requests at once, whatever they give. */
export function fixedConcurrency(concurrency: number): ConcurrencySearch {
  return { concurrency, levels: [], tick() {}, note() {}, skip() {} }
}

/** How much faster twice as many requests at once must be to be worth it. */
const leastGain = 1.04
/** Results that a level is measured with, at least. */
const leastResults = 4
/** The search ends after so many levels in a row that gain nothing over the best before them. */
const patience = 2
/** A level is measured with up to so many times its results, by a share of what may be spent. */
const mostRepeats = 4
const repeatShare = 1 / 8
/** The share of a batch that may run on levels that are not chosen in the end. */
const searchShare = 0.1
/** The share of replies that must keep to the limits on times. */
const keptShare = 0.95
/** The share of requests that may fail on a level; a single one always may. */
const failedShare = 0.05
/** Milliseconds: the shortest time that a level is taken to last, so that its rate is finite. */
const leastTime = 0.001

/** What a level gave per second. */
interface Speed {
  readonly tokens: number
  readonly replies: number
}

/**
 * Doubles the requests at once as long as that gives more tokens per second within the limits, and
 * once more, because short measurements vary by more than a level may gain. Of levels that are
 * about as fast the smallest is taken: with more, requests only wait. The first results of a level
 * began on the one before, and are not counted.
 */
export function concurrencySearch(
  { max, firstAnswer, betweenTokens, total }: SearchLimits,
  now: () => number = () => performance.now(),
): ConcurrencySearch {
  const levels: ConcurrencyLevel[] = []
  /** By the index of their level. */
  const speeds: Speed[] = []
  let concurrency = 1
  let isSettled = max === 1
  /** Results to come of requests that began on the level before: they are not counted. */
  let earlierResults = 0
  let startedAt = now()
  let results: SearchedResult[] = []
  /** Levels in a row that gained nothing. */
  let missCount = 0
  /** Since `startedAt`, those of replies that are not finished included. */
  let tickCount = 0
  /** Results on levels that were left. */
  let spentCount = 0

  /** Results that a level is measured with. */
  const resultsFor = (level: number) => {
    const count = Math.max(level, leastResults)
    const repeats = Math.floor(((searchShare * total - spentCount) * repeatShare) / count)
    return count * Math.min(mostRepeats, Math.max(1, repeats))
  }

  function measureSpeed(): Speed {
    const replies = results.filter((result) => !result.hasFailed)
    const tokens = replies.reduce((sum, result) => sum + result.tokens, 0)
    const ticks = replies.reduce((sum, result) => sum + result.ticks, 0)
    const seconds = Math.max(leastTime, now() - startedAt) / 1_000
    return {
      tokens: (ticks > 0 ? tickCount * (tokens / ticks) : tokens) / seconds,
      replies: replies.length / seconds,
    }
  }

  function isWithinLimits(): boolean {
    const replies = results.filter((result) => !result.hasFailed)
    const keptReplies = replies.filter(
      ({ firstAnswer: first = 0, betweenTokens: between = 0 }) =>
        first <= firstAnswer && between <= betweenTokens,
    )
    const failedCount = results.length - replies.length
    return (
      failedCount <= Math.max(1, failedShare * results.length) &&
      keptReplies.length >= keptShare * replies.length
    )
  }

  function begin(level: number): void {
    // The one that was just noted is not among them.
    earlierResults = concurrency - 1
    concurrency = level
    results = []
    startClock()
  }

  function startClock(): void {
    startedAt = now()
    tickCount = 0
  }

  function settle(): void {
    const rates = toRates(speeds)
    const allowed = levels
      .map((level, index) => ({ ...level, rate: rates[index] ?? 0 }))
      .filter((level) => level.isWithinLimits)
    const best = Math.max(...allowed.map(({ rate }) => rate))
    const chosen = allowed.find(({ rate }) => rate * leastGain >= best)
    concurrency = chosen?.concurrency ?? 1
    isSettled = true
  }

  /** Takes a result of a request that began on the level before; false where none is to come. */
  function takeEarlier(): boolean {
    if (earlierResults === 0) return false
    earlierResults--
    spentCount++
    if (earlierResults === 0) startClock()
    return true
  }

  const canSpend = (count: number) => spentCount + count <= searchShare * total
  /**
   * Whether the results of this level and of the next one can be spent, with those that begin
   * before the next one, and those that are with the model when it turns out not to be the best.
   */
  const canDouble = () => {
    const next = Math.min(2 * concurrency, max)
    return concurrency < max && canSpend(results.length + concurrency + resultsFor(next) + next)
  }

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
      if (takeEarlier()) return
      results.push(result)
      if (results.length < resultsFor(concurrency)) return
      const speed = measureSpeed()
      const level: ConcurrencyLevel = {
        concurrency,
        tokensPerSecond: speed.tokens,
        isWithinLimits: isWithinLimits(),
      }
      levels.push(level)
      speeds.push(speed)
      const rates = toRates(speeds)
      const isFaster = (rates.pop() ?? 0) > leastGain * Math.max(0, ...rates)
      missCount = isFaster ? 0 : missCount + 1
      if (level.isWithinLimits && missCount < patience && canDouble()) {
        spentCount += results.length
        begin(Math.min(2 * concurrency, max))
      } else settle()
    },
    skip() {
      if (!isSettled && !takeEarlier()) spentCount++
    },
  }
}

/** Rates that can be compared: of tokens where each level has them, else of replies. */
function toRates(speeds: readonly Speed[]): number[] {
  const hasTokens = speeds.every(({ tokens }) => tokens > 0)
  return speeds.map((speed) => (hasTokens ? speed.tokens : speed.replies))
}
