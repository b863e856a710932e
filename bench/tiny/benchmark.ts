import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import {
  wilsonInterval,
  readProblems,
  scoreProblems,
  type Score,
  addScores,
} from '../../test/shared/problem-scores.ts'
import type { Benchmark } from '../benchmark.ts'
import { printTable } from '../measuring/table.ts'

const defaultPaths = ['packages/tiny/problems.jsonl', 'packages/tiny/skills.jsonl']

export const tinyBenchmark: Benchmark = {
  description:
    'Counts the right answers of the embedded model by kind of problem, for each GGUF file,\n' +
    'with reasoning on and off: greedy replies through @nano/llama-cpp. Prints scores.',
  positionals: [
    {
      name: 'PATH',
      isRepeated: true,
      description:
        'a file of problems, one JSON object to a line; without one, those in packages/tiny',
    },
  ],
  examples: {
    '': "the tables of the package's README, but for the 600 problems that are not in here",
    'problems.jsonl': 'problems of your own',
  },
  async run({ positionals }) {
    for (const path of positionals.length > 0 ? positionals : defaultPaths) await printScores(path)
  },
}

async function printScores(path: string): Promise<void> {
  const problems = readProblems(path)
  const kinds = [...new Set(problems.map(({ kind }) => kind))]
  const rows: string[][] = []
  for (const [quantization, file] of Object.entries(gguf)) {
    const model = await openLlamaCpp({ model: file, parallel: 4 })
    for (const reasoning of ['on', 'off'] as const) {
      const scores = await scoreProblems(model, problems, reasoning)
      const sum = addScores(scores)
      const [low, high] = wilsonInterval(sum).map((share) => (share * 100).toFixed(1))
      rows.push([
        quantization,
        reasoning,
        ...kinds.map((kind) => formatScore(scores.get(kind))),
        formatScore(sum),
        `${low} to ${high} %`,
      ])
    }
    await model.close()
  }
  printTable(
    `${problems.length} problems of ${path}: right answers, and the 95 % interval of their share`,
    ['file', 'reasoning', ...kinds, 'all', 'interval'],
    rows,
  )
}

function formatScore(score: Score | undefined): string {
  return score ? `${score.correctCount}/${score.total}` : ''
}
