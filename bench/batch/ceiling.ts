import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { buildRuntimeProgram } from '../llama-cpp/runtime-program.ts'
import { computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import { measureBatch } from './measure-batch.ts'

/** Requests at once that are tried. */
const grid = [1, 2, 4, 8, 16, 32, 64]
const maxTokens = 64
/** Tokens of context for a request. */
const contextLength = 256

interface BatchedTest {
  /** Requests at once, and the tokens of the reply to each. */
  readonly pl: number
  readonly tg: number
  /** Seconds. */
  readonly t: number
}

/**
 * Prints the speed of a batch with the embedded model relative to llama.cpp's own batched bench on
 * the same kernels, which has neither a sampler nor texts, each with the best requests at once.
 */
export async function printCeiling(questions: readonly string[], rounds: number): Promise<void> {
  const program = await buildRuntimeProgram('llama-batched-bench')
  if (program === undefined) return
  const model = await openLlamaCpp({
    model: gguf.Q8_0,
    contextLength,
    parallel: Math.max(...grid),
  })
  const nanoSpeeds = new Map<number, number[]>(grid.map((level) => [level, []]))
  const benchSpeeds = new Map<number, number[]>(grid.map((level) => [level, []]))
  let shape = { prompt: 0, reply: 0 }
  for (let round = 0; round <= rounds; round++) {
    for (const concurrency of grid) {
      const speed = await measureBatch(model, { questions, maxTokens, concurrency })
      shape = speed
      if (round > 0) nanoSpeeds.get(concurrency)?.push(speed.speed)
    }
    for (const [level, speed] of await runBatchedBench(program, shape))
      if (round > 0) benchSpeeds.get(level)?.push(speed)
  }
  await model.close()
  const best = bestByRound(benchSpeeds, rounds)
  printTable(
    'A batch with the embedded model, relative to the best of llama-batched-bench on its kernels',
    ['requests at once', 'nano', 'llama-batched-bench'],
    [
      ...grid.map((level) => [
        `${level}`,
        formatSpread(computeRatios(nanoSpeeds.get(level), best)),
        formatSpread(computeRatios(benchSpeeds.get(level), best)),
      ]),
      ['the best', formatSpread(computeRatios(bestByRound(nanoSpeeds, rounds), best)), '1'],
    ],
  )
}

function bestByRound(
  speeds: ReadonlyMap<number, readonly number[]>,
  rounds: number,
): readonly number[] {
  return Array.from({ length: rounds }, (_, round) =>
    Math.max(...[...speeds.values()].map((values) => values[round] ?? NaN)),
  )
}

/** Tokens of replies per second, by the requests at once: the best of all numbers of threads. */
async function runBatchedBench(
  program: string,
  { prompt, reply }: { readonly prompt: number; readonly reply: number },
): Promise<ReadonlyMap<number, number>> {
  const speeds = new Map<number, number>()
  const context = Math.max(...grid) * contextLength
  for (let threads = 1; threads <= availableParallelism(); threads *= 2) {
    const options = [
      `-c ${context} -b 2048 -ub 512 -fa off -t ${threads} -tb ${threads}`,
      `-npl ${grid.join(',')} -npp ${Math.round(prompt)} -ntg ${Math.round(reply)}`,
      '--output-format jsonl',
    ]
    const args = ['-m', gguf.Q8_0, ...options.join(' ').split(' ')]
    const { stdout } = await promisify(execFile)(program, args)
    for (const line of stdout.split('\n').filter((text) => text.startsWith('{'))) {
      const { pl, tg, t } = JSON.parse(line) as BatchedTest
      speeds.set(pl, Math.max(speeds.get(pl) ?? 0, (pl * tg) / t))
    }
  }
  return speeds
}
