import { readFileSync } from 'node:fs'
import type { Model } from '@nano/core'

export interface Problem {
  readonly kind: string
  readonly question: string
  readonly answer: string
}

export interface Score {
  readonly right: number
  readonly of: number
}

export function readProblems(path: string): readonly Problem[] {
  return readFileSync(path, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Problem)
}

/** How many of each kind are answered exactly, greedily. All are asked at once; the model serves as many as it can. */
export async function score(model: Model, problems: readonly Problem[], reasoning: 'on' | 'off'): Promise<ReadonlyMap<string, Score>> {
  const scores = new Map<string, { right: number; of: number }>()
  await Promise.all(problems.map(async ({ kind, question, answer }) => {
    const { text } = await model.generate({ messages: question, reasoning, maxTokens: 600, sampling: { temperature: 0 } })
    const of = scores.get(kind) ?? { right: 0, of: 0 }
    scores.set(kind, { right: of.right + (text.trim() === answer ? 1 : 0), of: of.of + 1 })
  }))
  return scores
}

export function total(scores: ReadonlyMap<string, Score>): Score {
  return [...scores.values()].reduce((sum, { right, of }) => ({ right: sum.right + right, of: sum.of + of }), { right: 0, of: 0 })
}

/**
 * The 95 % Wilson interval of a share, in [0, 1].
 * @see https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
 */
export function interval({ right, of }: Score): readonly [low: number, high: number] {
  const z = 1.96
  const share = right / of
  const centre = share + z ** 2 / (2 * of)
  const spread = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2))
  const scale = 1 + z ** 2 / of
  return [(centre - spread) / scale, (centre + spread) / scale]
}
