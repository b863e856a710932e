import { openHttp } from '@nano/http'
import { openLlamaCpp } from '@nano/llama-cpp'
import { findLlamaServer } from '../../scripts/llama-server/find.ts'
import { startLlamaServer } from '../../scripts/llama-server/start.ts'
import { type Benchmark, readCount } from '../benchmark.ts'
import { printHeader } from '../measuring/header.ts'
import { findRealFile, realModels } from '../real/models.ts'
import { printCeiling } from './ceiling.ts'
import { printCurve } from './curve.ts'

const grid = [1, 2, 4, 8, 16]
const mostAtOnce = Math.max(...grid)
/** Tokens of context for a request. */
const contextLength = 256
const { smollm2 } = realModels

export const batchBenchmark: Benchmark = {
  description:
    'Runs batches with so many requests at once, and one that looks for the best number itself.\n' +
    'The curves need SmolLM2, which npm run test:real -- --prepare brings.',
  options: {
    requests: {
      type: 'count',
      value: 'N',
      default: '800',
      description: 'requests of the batch that searches',
    },
    rounds: {
      type: 'count',
      value: 'N',
      default: '3',
      description: "rounds of llama.cpp's batched bench",
    },
  },
  measurements: {
    ceiling: "the embedded model, beside llama.cpp's own batched bench",
    'in-process': 'SmolLM2 in process: speed by requests at once, and what the search finds',
    http: 'the same on a llama-server',
  },
  examples: {
    '': 'all tables',
    '--only ceiling --rounds 1': 'tries whether it runs',
  },
  async run(selection) {
    const rounds = readCount(selection, 'rounds')
    const { measurements } = selection
    printHeader(rounds)
    const questions = Array.from(
      { length: readCount(selection, 'requests') },
      (_, index) => `What is ${101 + ((index * 37) % 7_400)} + ${11 + ((index * 3) % 600)}?`,
    )
    if (measurements.has('ceiling')) await printCeiling(questions.slice(0, 256), rounds)
    const curve = { questions, maxTokens: 32, grid }
    if (measurements.has('in-process')) {
      const path = findRealFile(smollm2.gguf)
      const model = await openLlamaCpp({ model: path, contextLength, parallel: mostAtOnce })
      await printCurve({ ...curve, title: `${smollm2.name} in process`, model })
      await model.close()
    }
    if (measurements.has('http')) await printServerCurve(curve)
  },
}

async function printServerCurve(
  curve: Omit<Parameters<typeof printCurve>[0], 'title' | 'model'>,
): Promise<void> {
  const executable = findLlamaServer()
  if ('missing' in executable) return console.log(`There is ${executable.missing}.\n`)
  const args = ['--parallel', `${mostAtOnce}`, '-c', `${mostAtOnce * contextLength}`, '--no-webui']
  const model = findRealFile(smollm2.gguf)
  const server = await startLlamaServer({ path: executable.path, model, args, timeout: 60_000 })
  try {
    const remote = await openHttp({ url: server.url })
    await printCurve({ ...curve, title: `${smollm2.name} on llama-server`, model: remote })
    await remote.close()
  } finally {
    await server.close()
  }
}
