import { readFileSync } from 'node:fs'
import { sharedData } from '../../test/shared/shared-data.ts'
import { type Benchmark, readCount } from '../benchmark.ts'
import { printHeader } from '../measuring/header.ts'
import { printEventLoopBlocks } from './event-loop.ts'
import type { JsonSchema } from './schema-model.ts'
import { printPreparation } from './preparation.ts'
import { printTokenCost } from './token-cost.ts'

export const schemasBenchmark: Benchmark = {
  description:
    'Measures what a JSON Schema costs: time before the first token, how long it blocks the\n' +
    'event loop, and the time of a token while the reply is held to a large enum.',
  positionals: [
    {
      name: 'PATH',
      description:
        'a file with a JSON object with a `schema` to a line; without one, the schemas of\n' +
        'MaskBench in the test data, if they lie beside the repository',
    },
  ],
  options: {
    rounds: { type: 'count', value: 'N', default: '5', description: 'rounds that count' },
  },
  measurements: {
    preparation: 'time of the thread before the first token, relative to a limit of 10 ms',
    'event-loop': 'how long large schemas block the event loop, relative to a limit of 20 ms',
    tokens: 'time of a token of an enum, relative to a reply without a schema',
  },
  examples: {
    '': 'all tables, with the schemas of MaskBench',
    'schemas.jsonl --only preparation': 'schemas of your own',
  },
  async run(selection) {
    const rounds = readCount(selection, 'rounds')
    printHeader(rounds)
    const { measurements, positionals } = selection
    const [path = sharedData('schemas/maskbench.jsonl').path] = positionals
    if (measurements.has('preparation')) await printPreparation(readSchemas(path), rounds)
    if (measurements.has('event-loop')) await printEventLoopBlocks(rounds)
    if (measurements.has('tokens')) await printTokenCost(rounds)
  },
}

function readSchemas(path: string): readonly JsonSchema[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines.map((line) => (JSON.parse(line) as { readonly schema: JsonSchema }).schema)
}
