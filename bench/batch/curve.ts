import type { Model } from '@nano/core'
import { printTable } from '../measuring/table.ts'
import { type BatchSpeed, measureBatch } from './measure-batch.ts'

interface CurveOptions {
  readonly title: string
  readonly model: Model
  /** Questions of the batch that searches; the others have as many as they need. */
  readonly questions: readonly string[]
  readonly maxTokens: number
  /** Requests at once that are tried. */
  readonly grid: readonly number[]
}

/** Requests of a batch, for each of those at once: enough for a steady speed. */
const requestsPerPlace = 6
const leastRequests = 24
/** Characters of the longest bar. */
const barLength = 40

/**
 * Prints how fast a batch is with each number of requests at once, and with the number that
 * `batch()` finds, as shares of the best.
 */
export async function printCurve({
  title,
  model,
  questions,
  maxTokens,
  grid,
}: CurveOptions): Promise<void> {
  const measure = async (count: number, concurrency?: number): Promise<BatchSpeed> => {
    const search = concurrency ?? { max: Math.max(...grid) }
    process.stderr.write(`${title}: ${concurrency ?? 'search'}… `)
    const work = { questions: questions.slice(0, count), maxTokens, concurrency: search }
    const speed = await measureBatch(model, work)
    process.stderr.write('done\n')
    return speed
  }
  // Warms up.
  await measure(leastRequests, Math.max(...grid))
  const speeds = new Map<number, number>()
  for (const concurrency of grid) {
    const count = Math.max(leastRequests, requestsPerPlace * concurrency)
    speeds.set(concurrency, (await measure(count, concurrency)).speed)
  }
  const searchingBatch = await measure(questions.length)
  const best = Math.max(...speeds.values())
  const row = (name: string, speed: number) => [
    name,
    (speed / best).toFixed(2),
    '█'.repeat(Math.round((speed / best) * barLength)),
  ]
  printTable(
    `${title}: tokens per second by requests at once, 1 is the best of the grid`,
    ['requests at once', 'speed', ''],
    [
      ...[...speeds].map(([concurrency, speed]) => row(`${concurrency}`, speed)),
      row(`found: ${searchingBatch.concurrency}`, speeds.get(searchingBatch.concurrency) ?? NaN),
      row('the batch that searched', searchingBatch.speed),
    ],
  )
  const searched = searchingBatch.levels.map(({ concurrency, tokensPerSecond }) => {
    const share = (tokensPerSecond / best).toFixed(2)
    return `${concurrency}: ${share}`
  })
  console.log(`What the search measured: ${searched.join(', ')}.\n`)
}
