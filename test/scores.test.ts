import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { describe, expect, it } from 'vitest'
import { sharedData } from './shared/shared-data.ts'
import { isLongRun } from './shared/long-run.ts'
import {
  wilsonInterval,
  readProblems,
  sampleProblems,
  scoreProblems,
  addScores,
} from './shared/problem-scores.ts'

const heldOutProblems = sharedData('tiny/problems.jsonl')

describe.each([
  { name: 'problems of its own', path: 'packages/tiny/problems.jsonl', missing: undefined },
  { name: 'held-out problems', ...heldOutProblems },
])('of $name, which it never saw, the embedded model', ({ path, missing }) => {
  it.skipIf(missing)(
    `answers 90 % with reasoning on, and 20 points less without${missing ? ` [${missing}]` : ''}`,
    async () => {
      const problems = sampleProblems(readProblems(path))
      for (const file of isLongRun ? Object.values(gguf) : [gguf.Q8_0]) {
        const model = await openLlamaCpp({ model: file, parallel: 4 })
        const share = async (reasoning: 'on' | 'off') => {
          const { correctCount, total } = addScores(await scoreProblems(model, problems, reasoning))
          return correctCount / total
        }
        const [shareWithThought, shareWithoutThought] = [await share('on'), await share('off')]
        await model.close()
        expect(shareWithThought, file).toBeGreaterThanOrEqual(0.9)
        expect(shareWithThought - shareWithoutThought, file).toBeGreaterThanOrEqual(0.2)
      }
    },
    300_000,
  )
})

it('the embedded model is right on nine of ten tasks of each kind', async () => {
  const model = await openLlamaCpp({ model: 'tiny', parallel: 4 })
  const tasks = sampleProblems(readProblems('packages/tiny/skills.jsonl'))
  const scores = await scoreProblems(model, tasks, 'on')
  await model.close()
  const { correctCount, total } = addScores(scores)
  expect(correctCount / total).toBeGreaterThanOrEqual(0.9)
  for (const [kind, score] of scores) {
    // The 12 tasks of a sampled kind cannot tell 88 % from 90 %, the 100 of the long tests can.
    const share = isLongRun ? score.correctCount / score.total : wilsonInterval(score)[1]
    expect(share, kind).toBeGreaterThanOrEqual(0.9)
  }
  expect(scores.size).toBe(14)
}, 300_000)

it('an interval holds the share, and narrows with more problems', () => {
  const [low, high] = wilsonInterval({ correctCount: 90, total: 100 })
  expect([low.toFixed(3), high.toFixed(3)]).toEqual(['0.826', '0.945'])
  const [lower, upper] = wilsonInterval({ correctCount: 900, total: 1_000 })
  expect(upper - lower).toBeLessThan(high - low)
})
