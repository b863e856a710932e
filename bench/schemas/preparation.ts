import { formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import { type JsonSchema, prepareSchema, schemaModel } from './schema-model.ts'

/** Milliseconds. */
const limit = 10

/**
 * Prints for how long the thread is busy before the first token: with checking a schema,
 * translating it, and all else of a request. The median over the schemas, p99 and the largest.
 */
export async function printPreparation(
  schemas: readonly JsonSchema[],
  rounds: number,
): Promise<void> {
  const shares: Record<'median' | 'p99' | 'largest', number[]> = {
    median: [],
    p99: [],
    largest: [],
  }
  let refusedCount = 0
  for (let round = 0; round <= rounds; round++) {
    // Another model has no grammars of earlier rounds.
    const model = schemaModel()
    const times: number[] = []
    refusedCount = 0
    for (const schema of schemas) {
      const startedAt = performance.eventLoopUtilization()
      await prepareSchema(model, schema).catch(() => refusedCount++)
      times.push(performance.eventLoopUtilization(startedAt).active)
    }
    await model.close()
    // The first round compiles the code.
    if (round === 0) continue
    const sortedTimes = times.toSorted((a, b) => a - b)
    const percentile = (share: number) =>
      (sortedTimes[Math.floor((sortedTimes.length - 1) * share)] ?? NaN) / limit
    shares.median.push(percentile(0.5))
    shares.p99.push(percentile(0.99))
    shares.largest.push(percentile(1))
  }
  printTable(
    `Time of the thread before the first token of ${schemas.length} schemas; ${limit} ms are 1`,
    ['median', 'p99', 'largest', 'refused'],
    [
      [
        ...[shares.median, shares.p99, shares.largest].map((values) => formatSpread(values)),
        String(refusedCount),
      ],
    ],
  )
}
