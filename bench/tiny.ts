// The embedded model's scores, per kind, mode and quantisation, through our own adapter.
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { interval, readProblems, score, type Score, total } from '../test/shared/scores.ts'
import { table } from './table.ts'

/** Takes paths of files of problems; without one, those that come with the model. */
export async function run(paths: readonly string[]): Promise<void> {
  for (const path of paths.length > 0
    ? paths
    : ['packages/tiny/problems.jsonl', 'packages/tiny/skills.jsonl'])
    await scoreAll(path)
}

async function scoreAll(path: string): Promise<void> {
  const problems = readProblems(path)
  const kinds = [...new Set(problems.map(({ kind }) => kind))]
  const rows: string[][] = []

  for (const [quantisation, file] of Object.entries(gguf)) {
    const model = await openLlamaCpp({ model: file, parallel: 4 })
    for (const reasoning of ['on', 'off'] as const) {
      const scores = await score(model, problems, reasoning)
      const all = total(scores)
      const [low, high] = interval(all).map((share) => (share * 100).toFixed(1))
      rows.push([
        quantisation,
        reasoning,
        ...kinds.map((kind) => fraction(scores.get(kind))),
        fraction(all),
        `${low} to ${high} %`,
      ])
    }
    await model.close()
  }
  console.log(
    `${problems.length} problems of ${path}, greedy: right answers, and the 95 % interval of their share\n`,
  )
  console.log(`${table(['file', 'reasoning', ...kinds, 'all', 'interval'], rows)}\n`)
}

function fraction(score: Score | undefined): string {
  return score ? `${score.right}/${score.of}` : ''
}
