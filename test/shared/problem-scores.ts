import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { Message, Model, Tool } from '@nano/core'
import { isLongRun } from './long-run.ts'

/** A question or a conversation, and the one right answer or call. */
export interface Problem {
  readonly kind: string
  readonly question?: string
  readonly messages?: readonly Message[]
  readonly tools?: readonly Tool[]
  readonly answer?: string
  readonly call?: { readonly name: string; readonly input: unknown }
}

export interface Score {
  readonly correctCount: number
  readonly total: number
}

export function readProblems(path: string): readonly Problem[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Problem)
}

/** Every problem in the long tests, and an eighth of each kind in the others. */
export function sampleProblems(problems: readonly Problem[]): readonly Problem[] {
  return isLongRun ? problems : problems.filter((_, index) => index % 8 === 0)
}

/**
 * Counts the exact answers of each kind, at temperature 0. Sends all problems at once; the model
 * serves as many as it can.
 */
export async function scoreProblems(
  model: Model,
  problems: readonly Problem[],
  reasoning: 'on' | 'off',
): Promise<ReadonlyMap<string, Score>> {
  const scores = new Map<string, Score>()
  await Promise.all(
    problems.map(async (problem) => {
      const isCorrect = await isRight(model, problem, reasoning)
      const { correctCount, total } = scores.get(problem.kind) ?? {
        correctCount: 0,
        total: 0,
      }
      scores.set(problem.kind, {
        correctCount: correctCount + (isCorrect ? 1 : 0),
        total: total + 1,
      })
    }),
  )
  return scores
}

async function isRight(
  model: Model,
  { question = '', messages, tools, answer, call }: Problem,
  reasoning: 'on' | 'off',
): Promise<boolean> {
  const { text, toolCalls } = await model.generate({
    messages: messages ?? question,
    reasoning,
    maxTokens: 600,
    sampling: { temperature: 0 },
    ...(tools && { tools }),
  })
  if (!call) return text.trim() === answer && toolCalls.length === 0
  return (
    toolCalls.length === 1 &&
    toolCalls[0]?.name === call.name &&
    isDeepStrictEqual(toolCalls[0].input, call.input)
  )
}

export function addScores(scores: ReadonlyMap<string, Score>): Score {
  return [...scores.values()].reduce(
    (sum, { correctCount, total }) => ({
      correctCount: sum.correctCount + correctCount,
      total: sum.total + total,
    }),
    { correctCount: 0, total: 0 },
  )
}

/**
 * The 95 % Wilson interval of a share, in [0, 1].
 * @see https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
 */
export function wilsonInterval({
  correctCount,
  total,
}: Score): readonly [low: number, high: number] {
  const z = 1.96
  const share = correctCount / total
  const center = share + z ** 2 / (2 * total)
  const spread = z * Math.sqrt((share * (1 - share)) / total + z ** 2 / (4 * total ** 2))
  const scale = 1 + z ** 2 / total
  return [(center - spread) / scale, (center + spread) / scale]
}
