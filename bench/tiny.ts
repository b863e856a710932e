// The embedded model's scores, per kind, mode and quantisation, through our own adapter.
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { interval, readProblems, score, type Score, total } from '../test/shared/scores.ts'

/** Takes the path of a file of problems; without one, those that come with the model. */
export async function run([path = 'packages/tiny/problems.jsonl']: readonly string[]): Promise<void> {
  const problems = readProblems(path)
  const kinds = [...new Set(problems.map(({ kind }) => kind))]
  console.log(`${problems.length} problems of ${path}, greedy; right answers, and the 95 % interval of their share\n`)
  console.log(row('file', 'reasoning', [...kinds, 'all']))
  console.log(row('---', '---', [...kinds, 'all'].map(() => '---')))

  for (const [quantisation, file] of Object.entries(gguf)) {
    const model = await openLlamaCpp({ model: file, parallel: 4 })
    for (const reasoning of ['on', 'off'] as const) {
      const scores = await score(model, problems, reasoning)
      const all = total(scores)
      const [low, high] = interval(all).map((share) => `${(share * 100).toFixed(1)}`)
      console.log(row(quantisation, reasoning, [...kinds.map((kind) => fraction(scores.get(kind))), `${fraction(all)}, ${low} to ${high} %`]))
    }
    await model.close()
  }
}

function row(file: string, reasoning: string, cells: readonly string[]): string {
  return `| ${[file, reasoning, ...cells].join(' | ')} |`
}

function fraction(score: Score | undefined): string {
  return score ? `${score.right}/${score.of}` : ''
}
