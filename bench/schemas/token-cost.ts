import { type Model, NanoError } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { openOnnx } from '@nano/onnx'
import { measureInRounds } from '../measuring/rounds.ts'
import { computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import type { JsonSchema } from './schema-model.ts'

const counts = [0, 100, 1_000, 10_000, 100_000]
const maxTokens = 24

/** Prints the time of a token while the reply is one of many long texts; without them is 1. */
export async function printTokenCost(rounds: number): Promise<void> {
  const rows: string[][] = []
  for (const open of [openLlamaCpp, openOnnx]) {
    const model = await open({ model: 'tiny' })
    const times = await measureInRounds(counts, { rounds, warmUpRounds: 1 }, (count) =>
      measureToken(model, count === 0 ? undefined : enumOf(count)),
    )
    const name = model.name
    await model.close()
    const ratios = counts.slice(1).map((count) => computeRatios(times.get(count), times.get(0)))
    rows.push([
      name,
      ...ratios.map((values) => (values.every(Number.isFinite) ? formatSpread(values) : 'refused')),
    ])
  }
  printTable(
    `Time of a token of an enum's value; of a reply without a schema is 1`,
    ['model', ...counts.slice(1).map((count) => `${count.toLocaleString('en')} values`)],
    rows,
  )
}

/** Texts that begin alike and differ early, as identifiers do. */
function enumOf(count: number): JsonSchema {
  const description = 'the value of this one is rather long, and tells them apart'
  return {
    enum: Array.from({ length: count }, (_, index) => `item ${index}: ${description} ${index}`),
  }
}

/** Milliseconds for each token after the first; NaN where the schema is refused. */
async function measureToken(model: Model, schema: JsonSchema | undefined): Promise<number> {
  const request = {
    messages: 'Name one.',
    reasoning: 'off',
    maxTokens,
    sampling: { temperature: 1, seed: 7 },
    ...(schema && { schema }),
  } as const
  const result = await model.generate(request).catch((error: unknown) => {
    if (NanoError.is(error) && error.code === 'unsupported') return undefined
    throw error
  })
  if (!result) return NaN
  const { usage, timings } = result
  return ((timings.total ?? NaN) - (timings.firstPart ?? NaN)) / ((usage.output ?? NaN) - 1)
}
